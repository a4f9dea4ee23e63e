/** One thing that a controller did or decided, for people and for checkers. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `namespace/name` of the object it is about. */
  readonly object: string;
  readonly message: string;
  /** The reason as data, such as a decision of the semantics. */
  readonly detail?: unknown;
}
