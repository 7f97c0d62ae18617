import type { Clock } from '../../../domain/clock.ts';
import type { Change, Changes, EndpointNotes } from '../../changes.ts';
import {
  type Fleet,
  type FleetMember,
  HAND_OVER_MS,
  type ProcessDescription,
  notesByEndpoint,
} from '../../fleet.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DueHint } from '../verbs/record.ts';
import { dueNotices, hintsOf, noticeStatement } from './due-notices.ts';
import { LEASE_TIMES, type LeaseTimes } from './lease.ts';
import { Membership } from './membership.ts';
import { notesOf, notesStatement, tellerOf } from './notes-notices.ts';
import { readProcesses } from './processes.ts';
import { Pulse } from './pulse.ts';
import { DUE_CHANNEL, FLEET_CHANNEL, NOTES_CHANNEL, SLOWED_CHANNEL, Session } from './session.ts';
import { type KeepingTimes, ShardKeeper } from './shard-keeper.ts';
import { unregistering } from './shard-moves.ts';
import { SlowedElsewhere, withinMost } from './slowed-elsewhere.ts';

export interface PostgresFleetOptions {
  readonly url: string;
  /** For statements other than heartbeats. */
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  readonly process: ProcessDescription;
  /** The instant in which due times are stored. */
  readonly storedNow: () => number;
  /** Scans shards that this process has just taken for work, of which it had no hint. */
  readonly lookForWork: (shards: readonly number[]) => Promise<void>;
  /** An endpoint that this process owns may have work. Returns the due time in this process's time. */
  readonly hintWork: (endpointId: string, storedDueAt: number | null) => number;
  readonly times?: Partial<FleetTimes>;
}

export interface FleetTimes extends LeaseTimes, KeepingTimes {
  readonly heartbeatMs: number;
  /** How often the other processes are told which endpoints are slowed down. */
  readonly tellMs: number;
  /** How long a heartbeat may take. */
  readonly deadlineMs: number;
}

/**
 * The fleet of a PostgreSQL database. `start` registers the process, `join` lets it own shards; `number` is the
 * owner of its claims.
 *
 * `Pulse` times the heartbeats, `Membership` sends them, and `ShardKeeper` takes and gives back shards after
 * each. This class exchanges notices and changes with the other processes.
 */
export class PostgresFleet implements Fleet, Changes {
  readonly #options: PostgresFleetOptions;
  readonly #times: FleetTimes;
  readonly #session: Session;
  readonly #membership: Membership;
  readonly #pulse: Pulse;
  readonly #shards: ShardKeeper;
  readonly #slowed: SlowedElsewhere;
  readonly #listeners: ((change: Change) => void)[] = [];
  #stopped = false;
  #hastening: Promise<void> | null = null;
  #hastenAgain = false;
  #toldMs = -Infinity;

  constructor(options: PostgresFleetOptions) {
    const { url, pool, clock, process, storedNow, lookForWork, hintWork } = options;
    const times = { ...FLEET_TIMES, ...options.times };
    this.#options = options;
    this.#times = times;
    this.#session = new Session({
      url,
      clock,
      deadlineMs: times.deadlineMs,
      onNotice: (channel, payload) => this.#heard(channel, payload),
      onListening: () => {
        this.#membership.connectionMade();
        this.#shards.mustLook();
        this.#slowed.beginAnew();
      },
      onBroken: () => {
        this.#membership.connectionEnded();
        this.#pulse.beatNow();
      },
    });
    this.#membership = new Membership({ session: this.#session, clock, process, times });
    this.#pulse = new Pulse({
      clock,
      beat: () => this.#beat(),
      restMs: REST_MS,
      everyMs: () =>
        this.#shards.isWithholding
          ? Math.min(times.heartbeatMs, times.recheckMs)
          : times.heartbeatMs,
    });
    this.#shards = new ShardKeeper({
      pool,
      clock,
      membership: this.#membership,
      storedNow,
      lookForWork,
      hintWork(endpointIds) {
        for (const endpointId of endpointIds) hintWork(endpointId, null);
      },
      onOutdated: () => this.#pulse.beatNow(),
      times,
    });
    this.#slowed = new SlowedElsewhere(clock, times.tellMs);
  }

  get number(): number {
    return this.#membership.number;
  }

  owns(endpointId: string): boolean {
    return this.#shards.owns(endpointId);
  }

  ownerOf(endpointId: string): number | null {
    return this.#membership.ownerOf(endpointId);
  }

  tellOwners(endpointIds: readonly string[]): void {
    const { pool, clock, hintWork } = this.#options;
    const elsewhere: DueHint[] = [];
    for (const endpointId of new Set(endpointIds)) {
      if (this.owns(endpointId)) hintWork(endpointId, null);
      else elsewhere.push({ endpoint_id: endpointId, due_at: null });
    }
    if (elsewhere.length < endpointIds.length) {
      this.#tell({ kind: 'due', dueAt: clock.scheduleNow() });
    }
    if (elsewhere.length === 0) return;
    void pool.run(noticeStatement(dueNotices(elsewhere))).catch(() => {});
  }

  /** A delivery that this process owns is due at `dueAt`. */
  workIsDue(dueAt: number): void {
    this.#tell({ kind: 'due', dueAt });
  }

  /**
   * This process cancelled deliveries: notifies its own subscribers at once. `told`: other processes had
   * claimed some of the deliveries and must read the change soon.
   */
  cancelled(change: Change & { kind: 'cancelled' }, told: boolean): void {
    this.#tell(change);
    if (told) this.hasten();
  }

  /** The shards that the process may claim from now. */
  get ownedShards(): readonly number[] {
    return this.#shards.owned;
  }

  isCurrent(): boolean {
    return this.#membership.lease.isCurrent;
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  processes() {
    const { pool, clock, storedNow } = this.#options;
    const ahead = storedNow() - clock.scheduleNow();
    return readProcesses(pool, (stored) => stored - ahead);
  }

  /**
   * Asks the other processes for a heartbeat now, because `change` has new rows. The notice is not part of the
   * transaction that wrote them: the server commits transactions that notify one at a time. Overlapping calls
   * share a notice; a lost notice delays an edit until the next heartbeat of each process.
   */
  hasten(): void {
    this.#hastenAgain = this.#hastening !== null;
    if (this.#hastening !== null || this.#stopped) return;
    this.#hastening = this.#options.pool
      .run(HASTENING)
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        this.#hastening = null;
        if (this.#hastenAgain) this.hasten();
      });
  }

  /** Registers the process; rejects when the database can't be reached, and may be called again then. */
  async start(): Promise<void> {
    // After a failed heartbeat the process is registered already: again would leave a process that does not exist.
    if (this.number === 0) await this.#membership.register();
    await this.#beat();
    this.#pulse.start();
  }

  join(member: FleetMember): void {
    this.#shards.join(member);
    this.#pulse.beatNow();
  }

  leave(): Promise<void> {
    return this.#shards.leave();
  }

  async tellNotes(notes: readonly EndpointNotes[]): Promise<void> {
    if (notes.length === 0) return;
    const { pool, storedNow } = this.#options;
    const statement = notesStatement(NOTES_CHANNEL, this.number, notes, storedNow());
    await pool.run(statement).catch(() => {});
  }

  knownOf(endpointIds: readonly string[]): ReadonlyMap<string, EndpointNotes | null> {
    const own = notesByEndpoint(this.#shards.member?.slowed() ?? []);
    const known = new Map<string, EndpointNotes | null>();
    for (const id of endpointIds) {
      const owner = this.ownerOf(id);
      if (this.owns(id)) known.set(id, own.get(id) ?? null);
      else if (owner !== null && this.#membership.alive.has(owner)) {
        const notes = this.#slowed.toldBy(owner, id);
        if (notes !== undefined) known.set(id, notes);
      }
    }
    return known;
  }

  /** Must be called after all other calls to the database were answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#pulse.stop(), this.#shards.stop(), this.#hastening]);
    if (this.number !== 0) {
      await this.#options.pool.run(unregistering(this.number)).catch(() => {});
    }
    await this.#session.close();
  }

  async #beat(): Promise<void> {
    const news = await this.#membership.renew(this.#shards.isSharing);
    if (news === null) return this.#comeBack();
    if (news.regained) this.#shards.mustLook();
    for (const change of news.view.changes) this.#tell(change);
    this.#tellSlowed(news.sentMs);
    this.#shards.apply(news.view, news.sentMs);
  }

  /** Others have declared this process gone: registers it again, under another number. */
  async #comeBack(): Promise<void> {
    await this.#shards.lose();
    await this.#membership.register();
    this.#pulse.beatNow();
  }

  #heard(channel: string, notice: string): void {
    if (channel === DUE_CHANNEL) this.#dueElsewhere(notice);
    else if (channel === NOTES_CHANNEL) this.#notesElsewhere(notice);
    else if (channel === SLOWED_CHANNEL) this.#slowedElsewhere(notice);
    else this.#pulse.beatNow();
  }

  #dueElsewhere(notice: string): void {
    let dueAt = Infinity;
    for (const { endpoint_id, due_at } of hintsOf(notice)) {
      if (!this.#shards.holds(endpoint_id)) continue;
      dueAt = Math.min(dueAt, this.#options.hintWork(endpoint_id, due_at));
    }
    if (dueAt < Infinity) this.#tell({ kind: 'due', dueAt });
  }

  #notesElsewhere(notice: string): void {
    for (const notes of notesOf(notice, this.number, this.#options.storedNow())) {
      this.#tell({ kind: 'notes', ...notes });
    }
  }

  /**
   * Sends notes on the slowed endpoints to the other processes, repeatedly: a process that missed them gets
   * them next time, and an endpoint without new notes is no longer slowed down.
   */
  #tellSlowed(nowMs: number): void {
    const { pool, storedNow } = this.#options;
    const { member } = this.#shards;
    if (member === null || this.#membership.alive.size < 2) return;
    if (nowMs < this.#toldMs + this.#times.tellMs) return;
    this.#toldMs = nowMs;
    const told = withinMost(member.slowed());
    if (told.length === 0) return;
    void pool.run(notesStatement(SLOWED_CHANNEL, this.number, told, storedNow())).catch(() => {});
  }

  #slowedElsewhere(notice: string): void {
    this.#slowed.hear(tellerOf(notice), notesOf(notice, this.number, this.#options.storedNow()));
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const HASTENING = { name: 'hasten', text: `select pg_notify('${FLEET_CHANNEL}', '')` };
const REST_MS = 25;

export const FLEET_TIMES: FleetTimes = {
  ...LEASE_TIMES,
  heartbeatMs: 400,
  handOverMs: HAND_OVER_MS,
  recheckMs: 250,
  upkeepMs: 5_000,
  tellMs: 2_000,
  deadlineMs: 3_000,
};
