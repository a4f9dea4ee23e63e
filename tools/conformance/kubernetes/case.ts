/**
 * The form of recorded cases of a Kubernetes API: requests with what a real server answered, watches, hooks, and
 * runs of the real kubectl.
 */

/** What is awaited of an answer. */
export interface Until {
  readonly status?: number;
  /** JSON pointers and their scrubbed values. */
  readonly paths?: Readonly<Record<string, unknown>>;
  /** JSON pointers with nothing there. */
  readonly absent?: readonly string[];
  /** Pieces of the raw text. */
  readonly contains?: readonly string[];
}

/** A request that is sent again until its answer is as wanted. */
export interface Repeat {
  readonly until: Until;
  readonly withinSeconds?: number;
  readonly everyMs?: number;
}

/** What an answer must be: of a request, of a watch, or of a run of kubectl. */
export interface Expectation {
  readonly status?: number;
  /** Several of one name are joined by `, `; null: not there. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The whole answer, scrubbed. */
  readonly body?: unknown;
  readonly bodyPaths?: Readonly<Record<string, unknown>>;
  readonly bodyAbsent?: readonly string[];
  readonly bodyContains?: readonly string[];
  /** `[pointer, operator, value]`. */
  readonly relations?: readonly (readonly [string, string, string])[];
  /** How often each status comes of a request that is sent several times at once. */
  readonly statusCounts?: Readonly<Record<string, number>>;
  readonly watchEvents?: readonly unknown[];
  /** Per event the only pointers that are compared. */
  readonly eventPaths?: readonly Readonly<Record<string, unknown>>[];
  readonly resourceVersionsRise?: boolean;
  readonly riseFrom?: number;
  readonly serverClosesAfterSeconds?: readonly [number, number] | null;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly stdoutContains?: readonly string[];
  readonly stderrContains?: readonly string[];
}

/** One step of a case. What it does is told by what it has: `waitMs`, `hook`, `watch`, `argv`, else a request. */
export interface Step {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  /** Null: the header is not sent. */
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly keep?: readonly string[];
  /** Variables and the JSON pointers of the answer that they take. */
  readonly save?: Readonly<Record<string, string>>;
  readonly repeat?: Repeat;
  /** How many are sent at once. */
  readonly parallel?: number;
  readonly expect?: Expectation;
  /** Id of the watch that this step opens. */
  readonly watch?: string;
  /** Id of the watch that stays open. */
  readonly during?: string;
  readonly alsoDuring?: readonly string[];
  readonly awaitEvents?: number;
  readonly initialUnordered?: number;
  readonly serverCloses?: boolean;
  readonly waitMs?: number;
  readonly hook?: string;
  readonly argv?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly background?: boolean;
}

/** One recorded case. */
export interface KubernetesCase {
  readonly name: string;
  readonly needs?: readonly string[];
  readonly setup?: readonly Step[];
  readonly requests: readonly Step[];
}

/** Values kept by their names. */
export type Variables = ReadonlyMap<string, unknown>;
