/** Additive. */
export interface StatusOut {
  /** Every process that uses the database, in the order of their starts. */
  readonly processes: readonly ProcessOut[];
  readonly backlog: BacklogOut;
}

export interface ProcessOut {
  readonly number: number;
  /** The machine and the process id there. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly startedAt: string;
  /** Null with SQLite, which one process has to itself. */
  readonly leaseUntil: string | null;
  /** False: it ended without a farewell, or hangs. Others have taken its endpoints, or will in seconds. */
  readonly isAlive: boolean;
  /** How many of the 256 parts of all endpoints it delivers to. */
  readonly ownedShards: number;
}

export interface BacklogOut {
  /** Deliveries that wait, those for later and of disabled endpoints too; counted up to 100,000. */
  readonly waiting: number;
  /** When the first delivery to an enabled endpoint is due; null: none waits. */
  readonly oldestDueAt: string | null;
  /** How late that delivery is; 0: it is not due yet. */
  readonly lateMs: number;
}
