/**
 * What other processes did to the database that this one should know of. With one process there is
 * nothing to tell.
 */
export interface Changes {
  /** Calls `listener` with each change, in no particular order; some come twice. */
  subscribe(listener: (change: Change) => void): void;
  /**
   * Whether every change that was committed more than a second ago has been told. While it is false,
   * what was read before must be read again before it is used.
   */
  isCurrent(): boolean;
}

export type Change =
  /** An application or one of its endpoints was edited, disabled, enabled or deleted. */
  | {
      readonly kind: 'application';
      readonly applicationId: string;
      readonly endpointIds: readonly string[];
    }
  /** An API key or a portal token was made, changed or revoked. */
  | { readonly kind: 'access' }
  /** Changes may have been missed: nothing that was read before can be trusted. */
  | { readonly kind: 'gap' }
  /** A delivery that this process may claim is due at `dueAt`. A hint: there may be none. */
  | { readonly kind: 'due'; readonly dueAt: number }
  /** The owner before was asked by the endpoint for a pause. */
  | ({ readonly kind: 'pause' } & EndpointPause);

/** An endpoint asked for patience (`Retry-After`), of which `forMs` are left. */
export interface EndpointPause {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly forMs: number;
}

/** Of a database that one process has open. */
export const NO_CHANGES: Changes = { subscribe() {}, isCurrent: () => true };
