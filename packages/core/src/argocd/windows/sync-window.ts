/** A sync window as it stands in an AppProject. What is missing counts as empty. */
export interface SyncWindow {
  /** `allow` or `deny`. */
  readonly kind?: string;
  /** Five fields of cron. */
  readonly schedule?: string;
  /** A Go duration. */
  readonly duration?: string;
  readonly applications?: readonly string[] | null;
  /** Namespaces of destinations, not those of Applications. */
  readonly namespaces?: readonly string[] | null;
  /** Names or URLs of destination clusters, as the Application gives them. */
  readonly clusters?: readonly string[] | null;
  readonly manualSync?: boolean;
  readonly timeZone?: string;
  /** Whether all selectors must match. Default: one is enough. */
  readonly andOperator?: boolean;
  readonly description?: string;
  /** Whether a running operation goes on where the window would stop it. */
  readonly syncOverrun?: boolean;
}

/** What windows look at in an Application. */
export interface WindowApplication {
  readonly name: string;
  readonly destination: {
    readonly namespace?: string;
    readonly server?: string;
    readonly name?: string;
  };
}
