import type { Clock } from '../../../domain/clock.ts';
import type { Change, Changes, EndpointNotes } from '../../changes.ts';
import {
  type Fleet,
  type FleetMember,
  HAND_OVER_MS,
  type ProcessDescription,
} from '../../fleet.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import { ALL_SHARDS, notesByEndpoint, shardOf } from '../../fleet.ts';
import { desiredOwners } from './desired-owners.ts';
import type { DueHint } from '../verbs/record.ts';
import { dueNotices, hintsOf, noticeStatement } from './due-notices.ts';
import { type FleetView, cursorForNewConnection, heartbeat, register } from './heartbeat.ts';
import { Holdings } from './holdings.ts';
import { LEASE_TIMES, Lease, type LeaseTimes } from './lease.ts';
import { readProcesses } from './processes.ts';
import type { Patience } from './sessions.ts';
import { notesOf, notesStatement, tellerOf } from './notes-notices.ts';
import { DUE_CHANNEL, FLEET_CHANNEL, NOTES_CHANNEL, SLOWED_CHANNEL, Session } from './session.ts';
import { SlowedElsewhere, withinMost } from './slowed-elsewhere.ts';
import {
  claimedElsewhere,
  endClaimsOfTheGone,
  forgetThePast,
  giveShardsBack,
  leaving,
  takeShards,
  unregistering,
} from './shard-moves.ts';

export interface PostgresFleetOptions {
  readonly url: string;
  /** For statements other than heartbeats. */
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  readonly process: ProcessDescription;
  /** The instant in which due times are stored. */
  readonly storedNow: () => number;
  /** Looks for work in shards that this process owns now: nothing told of what is there. */
  readonly lookForWork: (shards: readonly number[]) => Promise<void>;
  /** An endpoint that this process owns may have work. Answers when it is due, in its time. */
  readonly hintWork: (endpointId: string, storedDueAt: number | null) => number;
  readonly times?: Partial<FleetTimes>;
}

export interface FleetTimes extends LeaseTimes {
  readonly heartbeatMs: number;
  readonly handOverMs: number;
  /** How often endpoints are looked at that another process still has requests of. */
  readonly recheckMs: number;
  /** How often claims are looked for whose owner is gone. */
  readonly upkeepMs: number;
  /** How often the other processes are told which endpoints are slowed down. */
  readonly tellMs: number;
  /** How long a heartbeat may take. */
  readonly deadlineMs: number;
}

/** Begins with `start`; `join` takes part in the delivery. `number` is the owner of claims. */
export class PostgresFleet implements Fleet, Changes {
  readonly #options: PostgresFleetOptions;
  readonly #times: FleetTimes;
  readonly #session: Session;
  readonly #lease: Lease;
  readonly #holdings = new Holdings();
  readonly #slowed: SlowedElsewhere;
  readonly #listeners: ((change: Change) => void)[] = [];
  #number = 0;
  #owners: readonly number[] = [];
  #alive: ReadonlySet<number> = new Set();
  #cursor: string | null = null;
  #member: FleetMember | null = null;
  #sharing = false;
  #stopped = false;
  #cancelTimer = () => {};
  #beating: Promise<void> | null = null;
  #beatAgain = false;
  #rested = false;
  /** What heartbeats lead to goes on beside them: none may wait until a long look has ended. */
  #moving: Promise<void> | null = null;
  #giving: Promise<void> | null = null;
  #hastening: Promise<void> | null = null;
  #hastenAgain = false;
  /** When the last move ended: what a heartbeat from before says of the shards is old. */
  #movedMs = -Infinity;
  #passedOver = false;
  #mustLook = false;
  #mustLock = false;
  #recheckedMs = -Infinity;
  #upkeepMs = -Infinity;
  #toldMs = -Infinity;

  constructor(options: PostgresFleetOptions) {
    this.#options = options;
    this.#times = { ...FLEET_TIMES, ...options.times };
    this.#lease = new Lease(options.clock, this.#times);
    this.#slowed = new SlowedElsewhere(options.clock, this.#times.tellMs);
    this.#session = new Session({
      url: options.url,
      clock: options.clock,
      deadlineMs: this.#times.deadlineMs,
      onNotice: (channel, payload) => {
        if (channel === DUE_CHANNEL) this.#dueElsewhere(payload);
        else if (channel === NOTES_CHANNEL) this.#notesElsewhere(payload);
        else if (channel === SLOWED_CHANNEL) this.#slowedElsewhere(payload);
        else this.#beatNow();
      },
      onListening: () => {
        this.#mustLook = true;
        this.#mustLock = true;
        this.#slowed.beginAnew();
      },
      onBroken: () => {
        this.#reconnects();
        this.#beatNow();
      },
    });
  }

  get number(): number {
    return this.#number;
  }

  owns(endpointId: string): boolean {
    return this.#lease.holds && this.#holdings.owns(endpointId);
  }

  ownerOf(endpointId: string): number | null {
    return this.#owners[shardOf(endpointId)] || null;
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

  /** Work of this process was found. */
  workIsDue(dueAt: number): void {
    this.#tell({ kind: 'due', dueAt });
  }

  /**
   * This process cancelled something, and hears of it at once. `told`: so must others, who had claimed
   * a part of it.
   */
  cancelled(change: Change & { kind: 'cancelled' }, told: boolean): void {
    this.#tell(change);
    if (told) this.hasten();
  }

  /** The shards that the process may claim from now. */
  get ownedShards(): readonly number[] {
    return this.#lease.holds ? this.#holdings.owned : [];
  }

  isCurrent(): boolean {
    return this.#lease.isCurrent;
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
   * Asks the other processes for a heartbeat now: there is something in `change`. Not in the transaction
   * that wrote it: the server lets one transaction that notifies commit at a time. Calls that overlap
   * share a notice; one that is lost delays an edit until the next heartbeat of each process.
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
    // Registered before a heartbeat that failed: a second time would leave a process that never was.
    if (this.#number === 0) await this.#register();
    await this.#beat();
    this.#beatIn(REST_MS);
  }

  join(member: FleetMember): void {
    this.#member = member;
    this.#sharing = true;
    this.#beatNow();
  }

  async leave(): Promise<void> {
    this.#sharing = false;
    this.#holdings.clear();
    await this.#within(this.#times.handOverMs, async () => {
      // A take that is under way would come after.
      await this.#moving;
      if (this.#number !== 0) await this.#options.pool.run(leaving(this.#number));
    });
  }

  async tellNotes(notes: readonly EndpointNotes[]): Promise<void> {
    if (notes.length === 0) return;
    const { pool, storedNow } = this.#options;
    const statement = notesStatement(NOTES_CHANNEL, this.#number, notes, storedNow());
    await pool.run(statement).catch(() => {});
  }

  knownOf(endpointIds: readonly string[]): ReadonlyMap<string, EndpointNotes | null> {
    const own = notesByEndpoint(this.#member?.slowed() ?? []);
    const known = new Map<string, EndpointNotes | null>();
    for (const id of endpointIds) {
      const owner = this.#owners[shardOf(id)] ?? 0;
      if (this.owns(id)) known.set(id, own.get(id) ?? null);
      else if (this.#alive.has(owner)) {
        const notes = this.#slowed.toldBy(owner, id);
        if (notes !== undefined) known.set(id, notes);
      }
    }
    return known;
  }

  /** To be called when everything that the process did is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#sharing = false;
    this.#cancelTimer();
    this.#holdings.clear();
    await Promise.all([this.#beating, this.#moving, this.#giving, this.#hastening]);
    if (this.#number !== 0) {
      await this.#options.pool.run(unregistering(this.#number)).catch(() => {});
    }
    await this.#session.close();
  }

  #beatIn(delayMs: number): void {
    this.#cancelTimer();
    if (!this.#stopped) this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#rest());
  }

  /** After each heartbeat there is a short rest, so that many notices make few of them. */
  #rest(): void {
    this.#rested = true;
    if (this.#beatAgain) return this.#beatNow();
    const { heartbeatMs, recheckMs } = this.#times;
    const everyMs = this.#holdings.withheld.length === 0 ? heartbeatMs : recheckMs;
    const delayMs = Math.min(heartbeatMs, everyMs) - REST_MS;
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#beatNow());
  }

  #beatNow(): void {
    if (this.#stopped || this.#number === 0) return;
    this.#beatAgain = !this.#rested;
    if (!this.#rested) return;
    this.#cancelTimer();
    this.#rested = false;
    this.#beating = this.#beat()
      // The database is away: whoever needs it says so.
      .catch(() => {})
      .then(() => {
        this.#beating = null;
        this.#beatIn(REST_MS);
      });
  }

  async #beat(): Promise<void> {
    const { leaseMs, changesKeptMs } = this.#times;
    const sentMs = this.#options.clock.monotonicMs();
    const locks = this.#mustLock;
    // A connection that is made for this heartbeat asks for the next one to lock again.
    this.#mustLock = false;
    const view = await heartbeat(this.#session, {
      number: this.#number,
      sharing: this.#sharing,
      cursor: this.#cursor,
      leaseMs,
      changesKeptMs,
      locks,
      ...this.#patience,
    }).catch((error: unknown) => {
      this.#mustLock ||= locks;
      this.#reconnects();
      throw error;
    });
    if (view === null) return this.#comeBack();
    this.#cursor = view.cursor;
    this.#owners = view.owners;
    this.#alive = view.alive;
    const { regained, gap } = this.#lease.renewed(sentMs);
    this.#mustLook ||= regained;
    if (gap) this.#tell({ kind: 'gap' });
    for (const change of view.changes) this.#tell(change);
    this.#tellSlowed(sentMs);
    this.#passedOver = this.#moving !== null || sentMs < this.#movedMs;
    if (this.#passedOver) return;
    this.#moving = this.#act(view)
      // The next heartbeat leads to the same.
      .catch(() => {})
      .finally(() => {
        this.#moving = null;
        this.#movedMs = this.#options.clock.monotonicMs();
        if (this.#passedOver) this.#beatNow();
      });
  }

  #reconnects(): void {
    this.#cursor = this.#cursor && cursorForNewConnection(this.#cursor);
  }

  /** Others have declared this process gone: it begins anew under another number. */
  async #comeBack(): Promise<void> {
    this.#lease.end();
    this.#holdings.clear();
    this.#cursor = null;
    await this.#givenUp();
    await this.#register();
    this.#beatAgain = true;
  }

  async #register(): Promise<void> {
    const { process } = this.#options;
    this.#number = await register(this.#session, process, this.#times.leaseMs);
    this.#mustLock = true;
  }

  get #patience(): Patience {
    const { mayJudgeSessions: judgesSessions } = this.#lease;
    return { patienceMs: this.#times.patienceMs, judgesSessions };
  }

  /** Null: this process judges nobody. Only one that could take over may. */
  get #judges(): Patience | null {
    return this.#sharing && this.#lease.mayJudge ? this.#patience : null;
  }

  async #act(view: FleetView): Promise<void> {
    const { free, left } = this.#compare(view);
    if (this.#holdings.leaving.length > 0 && this.#giving === null) this.#giveBack();
    if (this.#sharing && free.length > 0) await this.#take(free, null);
    if (this.#sharing && left.length > 0) await this.#take(left, this.#judges);
    if (this.#mustLook) {
      this.#mustLook = false;
      await this.#lookForWork(this.#holdings.owned);
    }
    await this.#recheck();
    await this.#upkeep();
  }

  /**
   * Marks the shards that must leave, and answers those that the process may take: `free` ones, and those
   * whose owner has `left` without giving them back.
   */
  #compare({ alive, workers, owners }: FleetView): { free: number[]; left: number[] } {
    const me = this.#number;
    const desired = desiredOwners(ALL_SHARDS, workers);
    const { mayJudge } = this.#lease;
    const free: number[] = [];
    const left: number[] = [];
    for (const shard of ALL_SHARDS) {
      const owner = owners[shard] ?? 0;
      const isFree = this.#holdings.isFree(shard);
      // Should the database have forgotten who owns it, after a failover, others may own it by now.
      if (!isFree && owner !== me) this.#holdings.remove([shard]);
      else if (owner === me && desired.get(shard) !== me) this.#holdings.leave([shard]);
      else if (isFree && desired.get(shard) === me) {
        if (owner === 0 || owner === me) free.push(shard);
        else if (mayJudge && !alive.has(owner)) left.push(shard);
      }
    }
    return { free, left };
  }

  async #take(wanted: readonly number[], judges: Patience | null): Promise<void> {
    const { pool, storedNow } = this.#options;
    const number = this.#number;
    const taken = await takeShards(pool, number, wanted, {
      judges,
      storedNow: storedNow(),
    });
    // It left meanwhile, which gives these shards back, or was away and has another number now.
    if (!this.#sharing || this.#number !== number || taken.shards.length === 0) return;
    this.#holdings.add(taken.shards, taken.claimedElsewhere);
    await this.#lookForWork(taken.shards);
  }

  /** Goes on beside the heartbeats, for as long as requests of these shards are in flight. */
  #giveBack(): void {
    const shards = this.#holdings.leaving;
    const number = this.#number;
    this.#giving = this.#givenUp()
      .then(() => giveShardsBack(this.#options.pool, number, shards))
      .then(() => {
        if (this.#number === number) this.#holdings.remove(shards);
      })
      // The next heartbeat tries again.
      .catch(() => {})
      .finally(() => {
        this.#giving = null;
        this.#movedMs = this.#options.clock.monotonicMs();
      });
  }

  async #givenUp(): Promise<void> {
    const member = this.#member;
    if (member !== null) await this.#within(this.#times.handOverMs, () => member.giveUp());
  }

  /** Endpoints that were withheld, because of the owner before, are free when its claims are gone. */
  async #recheck(): Promise<void> {
    const { pool, clock, storedNow, hintWork } = this.#options;
    const { withheld } = this.#holdings;
    const nowMs = clock.monotonicMs();
    if (withheld.length === 0 || nowMs < this.#recheckedMs + this.#times.recheckMs) return;
    this.#recheckedMs = nowMs;
    await endClaimsOfTheGone(pool, this.#holdings.owned, {
      judges: this.#judges,
      storedNow: storedNow(),
    });
    const still = new Set(await claimedElsewhere(pool, this.#number, withheld));
    const free = this.#holdings.release(withheld.filter((id) => !still.has(id)));
    for (const endpointId of free) hintWork(endpointId, null);
    if (free.length > 0) this.#member?.gained();
  }

  async #upkeep(): Promise<void> {
    const { pool, clock, storedNow, hintWork } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#upkeepMs + this.#times.upkeepMs) return;
    this.#upkeepMs = nowMs;
    const ended = await endClaimsOfTheGone(pool, this.#holdings.owned, {
      judges: this.#judges,
      storedNow: storedNow(),
    });
    for (const endpointId of ended) if (this.owns(endpointId)) hintWork(endpointId, null);
    if (ended.length > 0) this.#member?.gained();
    await forgetThePast(pool);
  }

  async #lookForWork(shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    await this.#options.lookForWork(shards);
    this.#member?.gained();
  }

  #dueElsewhere(notice: string): void {
    let dueAt = Infinity;
    for (const { endpoint_id, due_at } of hintsOf(notice)) {
      if (!this.#holdings.owns(endpoint_id)) continue;
      dueAt = Math.min(dueAt, this.#options.hintWork(endpoint_id, due_at));
    }
    if (dueAt < Infinity) this.#tell({ kind: 'due', dueAt });
  }

  #notesElsewhere(notice: string): void {
    for (const notes of notesOf(notice, this.#number, this.#options.storedNow())) {
      this.#tell({ kind: 'notes', ...notes });
    }
  }

  /** Again and again: a process that missed it hears of it next time, and what is no longer told is over. */
  #tellSlowed(nowMs: number): void {
    const { pool, storedNow } = this.#options;
    if (this.#member === null || this.#alive.size < 2) return;
    if (nowMs < this.#toldMs + this.#times.tellMs) return;
    this.#toldMs = nowMs;
    const told = withinMost(this.#member.slowed());
    if (told.length === 0) return;
    void pool.run(notesStatement(SLOWED_CHANNEL, this.#number, told, storedNow())).catch(() => {});
  }

  #slowedElsewhere(notice: string): void {
    this.#slowed.hear(tellerOf(notice), notesOf(notice, this.#number, this.#options.storedNow()));
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Waits for `work`, but not for longer than `ms`, and not for its success. */
  async #within(ms: number, work: () => Promise<void>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(ms, resolve);
    });
    await Promise.race([work().catch(() => {}), late]);
    cancel();
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
