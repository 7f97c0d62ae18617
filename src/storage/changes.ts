/** What other processes did to the database that this one should know of, and what was cancelled. */
export interface Changes {
  /**
   * Calls `listener` with each change, in no particular order; some come twice. What this process
   * cancels is told before the call resolves.
   */
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
  /**
   * Deliveries of these messages to the endpoint (null: to any) were cancelled, claimed ones too: whoever
   * holds one must not attempt it.
   */
  | {
      readonly kind: 'cancelled';
      readonly applicationId: string;
      readonly endpointId: string | null;
      readonly messageIds: readonly string[];
    }
  /** A delivery that this process may claim is due at `dueAt`. A hint: there may be none. */
  | { readonly kind: 'due'; readonly dueAt: number }
  /** What an owner of the endpoint knew of it. */
  | ({ readonly kind: 'notes' } & EndpointNotes);

/** What the owner of an endpoint knows of it, and its next owner must heed. */
export interface EndpointNotes {
  readonly applicationId: string;
  readonly endpointId: string;
  /** No request may be sent for so long: the endpoint asked for patience, or its breaker is open. */
  readonly pauseMs: number;
  /** Requests of the owner may be in flight for so long at most; zero: none are, or none are any more. */
  readonly busyMs: number;
  /** Requests that may be in flight, where failures have left fewer than a new owner begins with. */
  readonly window: number | null;
  /** Requests per second, learned from pushbacks; null: no limit was learned. */
  readonly rate: number | null;
  /** The last pause of a breaker that has not closed; zero: it is closed. */
  readonly breakerPauseMs: number;
  /** Deliveries that the owner holds wait for the rate of the endpoint. Only for a person who asks. */
  readonly paced: boolean;
}

/** Of a database that one process has open: it hears of what it cancels itself. */
export function createOwnChanges(): Changes & { tell(change: Change): void } {
  const listeners: ((change: Change) => void)[] = [];
  return {
    subscribe: (listener) => void listeners.push(listener),
    isCurrent: () => true,
    tell(change) {
      for (const listener of listeners) listener(change);
    },
  };
}
