/** Changes that other processes made to the database, and cancellations of this process. */
export interface Changes {
  /**
   * Calls `listener` with each change, in no particular order; some come twice. A cancellation by this
   * process is reported before the cancelling call resolves.
   */
  subscribe(listener: (change: Change) => void): void;
  /**
   * Whether every change that was committed more than a second ago has been reported. While this is false,
   * cached rows must be read again before they are used.
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
  /** Changes may have been missed: no cached row can be trusted. */
  | { readonly kind: 'gap' }
  /**
   * Deliveries of these messages to the endpoint (null: to any) were cancelled, claimed ones too: a process
   * that holds one must not attempt it.
   */
  | {
      readonly kind: 'cancelled';
      readonly applicationId: string;
      readonly endpointId: string | null;
      readonly messageIds: readonly string[];
    }
  /** A delivery that this process may claim is due at `dueAt`. A hint: there may be none. */
  | { readonly kind: 'due'; readonly dueAt: number }
  /** Notes that the owner of an endpoint sent when it gave the endpoint up. */
  | ({ readonly kind: 'notes' } & EndpointNotes);

/** What the owner of an endpoint has learned about it; the next owner must respect it. */
export interface EndpointNotes {
  readonly applicationId: string;
  readonly endpointId: string;
  /** No request may be sent for this long: the endpoint pushed back, or its breaker is open. */
  readonly pauseMs: number;
  /** The owner's requests in flight end within this time; zero: none are in flight. */
  readonly busyMs: number;
  /** The window, if failures have made it smaller than that of a new lane; else null. */
  readonly window: number | null;
  /** Requests per second, learned from pushbacks; null: no limit was learned. */
  readonly rate: number | null;
  /** The latest pause of the breaker; zero while it is closed. */
  readonly breakerPauseMs: number;
  /** Deliveries that the owner holds wait for the rate of the endpoint. Shown to people only. */
  readonly paced: boolean;
}

/** Changes of a database that only one process has open: its own cancellations. */
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
