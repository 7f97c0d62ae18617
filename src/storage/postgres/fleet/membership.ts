import type { Clock } from '../../../domain/clock.ts';
import type { Change } from '../../changes.ts';
import { type ProcessDescription, shardOf } from '../../fleet.ts';
import { type FleetView, cursorForNewConnection, heartbeat, register } from './heartbeat.ts';
import { Lease, type LeaseTimes } from './lease.ts';
import type { Session } from './session.ts';
import type { Patience } from './sessions.ts';

export interface MembershipOptions {
  readonly session: Session;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly process: ProcessDescription;
  readonly times: LeaseTimes;
}

/** The result of a heartbeat. */
export interface News {
  /** When the heartbeat was sent. */
  readonly sentMs: number;
  readonly view: FleetView;
  /** The lease had run out: notices may have been ignored meanwhile. */
  readonly regained: boolean;
}

/** This process as a member of the fleet: its number, its lease, and its last view of the fleet. */
export class Membership {
  readonly lease: Lease;
  readonly #options: MembershipOptions;
  #number = 0;
  #owners: readonly number[] = [];
  #alive: ReadonlySet<number> = new Set();
  #cursor: string | null = null;
  #mustLock = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.lease = new Lease(options.clock, options.times);
  }

  /** The `owner` of this process's claims; zero before it is registered. Each registration gives a new number. */
  get number(): number {
    return this.#number;
  }

  /** Processes that must not be declared gone. */
  get alive(): ReadonlySet<number> {
    return this.#alive;
  }

  /** The process that owned the shard of the endpoint; null: none. */
  ownerOf(endpointId: string): number | null {
    return this.#owners[shardOf(endpointId)] || null;
  }

  /** How long this process waits before it declares others gone. */
  get patience(): Patience {
    const { mayJudgeSessions: judgesSessions } = this.lease;
    return { patienceMs: this.#options.times.patienceMs, judgesSessions };
  }

  async register(): Promise<void> {
    const { session, process, times } = this.#options;
    this.#number = await register(session, process, times.leaseMs);
    this.#mustLock = true;
  }

  /** Sends a heartbeat. Null: others have declared this process gone, and it must register anew. */
  async renew(sharing: boolean): Promise<News | null> {
    const { session, clock, times } = this.#options;
    const sentMs = clock.monotonicMs();
    const locks = this.#mustLock;
    // Set before the heartbeat: if the heartbeat opens a new connection, the flag is set again for the next one.
    this.#mustLock = false;
    const view = await heartbeat(session, {
      number: this.#number,
      sharing,
      cursor: this.#cursor,
      leaseMs: times.leaseMs,
      changesKeptMs: times.changesKeptMs,
      locks,
      ...this.patience,
    }).catch((error: unknown) => {
      this.#mustLock ||= locks;
      this.connectionEnded();
      throw error;
    });
    if (view === null) return this.#end();
    this.#cursor = view.cursor;
    this.#owners = view.owners;
    this.#alive = view.alive;
    const { regained, gap } = this.lease.renewed(sentMs);
    const changes: readonly Change[] = gap ? [{ kind: 'gap' }, ...view.changes] : view.changes;
    return { sentMs, view: { ...view, changes }, regained };
  }

  connectionEnded(): void {
    this.#cursor = this.#cursor && cursorForNewConnection(this.#cursor);
  }

  connectionMade(): void {
    this.#mustLock = true;
  }

  #end(): null {
    this.lease.end();
    this.#cursor = null;
    return null;
  }
}
