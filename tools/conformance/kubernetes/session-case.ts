/** The form of recorded sessions: what kubectl sent to a recorder, and what it said. */

/** A request as the recorder noted it. */
export interface NotedRequest {
  readonly method: string;
  readonly path: string;
  /** Parameters as they were sent, percent signs and all. */
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

/** One session. */
export interface SessionCase {
  readonly name: string;
  /** How the recorder behaved, in words. */
  readonly server: string;
  readonly argv: readonly string[];
  readonly exit: number;
  /** Paths of discovery that were asked; none when kubectl had them in its cache. */
  readonly discovery: readonly string[];
  /** All other requests, in order. */
  readonly requests: readonly NotedRequest[];
  readonly stdout: string;
  readonly stderr: string;
  /** What another client did meanwhile, in words. */
  readonly background?: string;
  readonly note?: string;
}

/** What the recorder did otherwise than a Kubernetes API server. */
export interface Manners {
  readonly aggregatedDiscovery: boolean;
  readonly tables: boolean;
  /** Whether the OpenAPI documents have the schemas of the kinds, and not only their paths. */
  readonly schemas: boolean;
  readonly openApi: 'all' | 'core' | 'none';
  readonly protobuf: boolean;
  /** What becomes of `sendInitialEvents`: done, passed over, or answered by this status. */
  readonly initialEvents: 'done' | 'ignored' | number;
}

/** Reads the words about a recorder. */
export function mannersOf(words: string): Manners {
  const refused = /sendInitialEvents answered (\d+)/.exec(words)?.[1];
  const ignored = /sendInitialEvents ignored/i.test(words);
  return {
    aggregatedDiscovery: !/no aggregated discovery/i.test(words),
    tables: !/Table Accept ignored/i.test(words),
    schemas: !/docs listing PATCH/i.test(words),
    openApi: /no OpenAPI at all/i.test(words)
      ? 'none'
      : /OpenAPI v3 knows only core/i.test(words)
        ? 'core'
        : 'all',
    protobuf: !/protobuf bodies answered 415/i.test(words),
    initialEvents: refused !== undefined ? Number(refused) : ignored ? 'ignored' : 'done',
  };
}
