import type { Clock } from '../../../domain/clock.ts';
import { ALL_SHARDS, type FleetMember } from '../../fleet.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import { within } from '../within.ts';
import { desiredOwners } from './desired-owners.ts';
import type { FleetView } from './heartbeat.ts';
import { Holdings } from './holdings.ts';
import type { Membership } from './membership.ts';
import {
  type Judging,
  claimedElsewhere,
  endClaimsOfTheGone,
  deleteOutdated,
  giveShardsBack,
  leaving,
  takeShards,
} from './shard-moves.ts';

export interface ShardKeeperOptions {
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  readonly membership: Membership;
  /** The instant in which due times are stored. */
  readonly storedNow: () => number;
  /** Scans shards that this process has just taken for work, of which it had no hint. */
  readonly lookForWork: (shards: readonly number[]) => Promise<void>;
  /** Called with endpoints that this process owns and that have due work. */
  readonly hintWork: (endpointIds: readonly string[]) => void;
  /** Called when a view was ignored because a move was under way when its heartbeat was sent: send another. */
  readonly onOutdated: () => void;
  readonly times: KeepingTimes;
}

export interface KeepingTimes {
  readonly handOverMs: number;
  /** How often withheld endpoints are checked: another process may still have requests of theirs. */
  readonly recheckMs: number;
  /** How often claims of processes that are gone are ended. */
  readonly upkeepMs: number;
}

/**
 * Takes the shards that this process should own and gives back the others, after each heartbeat. The moves run
 * beside the heartbeats: no heartbeat may wait for a long scan for work.
 */
export class ShardKeeper {
  readonly #options: ShardKeeperOptions;
  readonly #holdings = new Holdings();
  #member: FleetMember | null = null;
  #sharing = false;
  #moving: Promise<void> | null = null;
  #giving: Promise<void> | null = null;
  /** When the last move ended: the view of a heartbeat that was sent earlier is out of date. */
  #movedMs = -Infinity;
  #isOutdated = false;
  #mustLook = false;
  #recheckedMs = -Infinity;
  #upkeepMs = -Infinity;

  constructor(options: ShardKeeperOptions) {
    this.#options = options;
  }

  get member(): FleetMember | null {
    return this.#member;
  }

  /** Whether the process may own shards. */
  get isSharing(): boolean {
    return this.#sharing;
  }

  /** Whether some endpoints wait for requests of their previous owner. */
  get isWithholding(): boolean {
    return this.#holdings.withheld.length > 0;
  }

  owns(endpointId: string): boolean {
    return this.#options.membership.lease.holds && this.holds(endpointId);
  }

  /** Whether the process owns the endpoint whenever its lease holds. */
  holds(endpointId: string): boolean {
    return this.#holdings.owns(endpointId);
  }

  /** The shards that the process may claim from now. */
  get owned(): readonly number[] {
    return this.#options.membership.lease.holds ? this.#holdings.owned : [];
  }

  join(member: FleetMember): void {
    this.#member = member;
    this.#sharing = true;
  }

  /** Resolves when others can take the shards, or after `handOverMs`. */
  async leave(): Promise<void> {
    const { pool, membership } = this.#options;
    this.#sharing = false;
    this.#holdings.clear();
    await this.#withinHandOver(async () => {
      // Otherwise a take that is under way could commit afterwards.
      await this.#moving;
      if (membership.number !== 0) await pool.run(leaving(membership.number));
    });
  }

  /** Others own the shards. Resolves when no request of theirs is in flight here, or after `handOverMs`. */
  async lose(): Promise<void> {
    this.#holdings.clear();
    await this.#givenUp();
  }

  /** Resolves when no move is under way. */
  async stop(): Promise<void> {
    this.#sharing = false;
    this.#holdings.clear();
    await Promise.all([this.#moving, this.#giving]);
  }

  /** Notices may have been missed: the next heartbeat leads to a scan for work. */
  mustLook(): void {
    this.#mustLook = true;
  }

  /** Takes, gives back and scans shards by the view of a heartbeat sent at `sentMs`; must be called after each. */
  apply(view: FleetView, sentMs: number): void {
    this.#isOutdated = this.#moving !== null || sentMs < this.#movedMs;
    if (this.#isOutdated) return;
    this.#moving = this.#move(view)
      // The next heartbeat tries again.
      .catch(() => {})
      .finally(() => {
        this.#moving = null;
        this.#movedMs = this.#options.clock.monotonicMs();
        if (this.#isOutdated) this.#options.onOutdated();
      });
  }

  async #move(view: FleetView): Promise<void> {
    const { free, left } = this.#compare(view);
    if (this.#holdings.leaving.length > 0 && this.#giving === null) this.#giveBack();
    if (this.#sharing && free.length > 0) await this.#take(free, NOBODY);
    if (this.#sharing && left.length > 0) await this.#take(left, this.#judges);
    if (this.#mustLook) {
      this.#mustLook = false;
      await this.#lookForWork(this.#holdings.owned);
    }
    await this.#recheck();
    await this.#upkeep();
  }

  /**
   * Marks the shards to give back, and returns those that the process may take: shards without an owner
   * (`free`), and those whose owner left without giving them back (`left`).
   */
  #compare({ alive, workers, owners }: FleetView): { free: number[]; left: number[] } {
    const { number: me, lease } = this.#options.membership;
    const desired = desiredOwners(ALL_SHARDS, workers);
    const { mayJudge } = lease;
    const free: number[] = [];
    const left: number[] = [];
    for (const shard of ALL_SHARDS) {
      const owner = owners[shard] ?? 0;
      const isFree = this.#holdings.isFree(shard);
      // After a failover the database may have forgotten that this process owns the shard: others may own it now.
      if (!isFree && owner !== me) this.#holdings.remove([shard]);
      else if (owner === me && desired.get(shard) !== me) this.#holdings.leave([shard]);
      else if (isFree && desired.get(shard) === me) {
        if (owner === 0 || owner === me) free.push(shard);
        else if (mayJudge && !alive.has(owner)) left.push(shard);
      }
    }
    return { free, left };
  }

  async #take(wanted: readonly number[], judges: Judging['judges']): Promise<void> {
    const { pool, membership, storedNow } = this.#options;
    const { number } = membership;
    const taken = await takeShards(pool, number, wanted, { judges, storedNow: storedNow() });
    // The process has left meanwhile, which gives these shards back, or it has another number after a lost lease.
    if (!this.#sharing || membership.number !== number || taken.shards.length === 0) return;
    this.#holdings.add(taken.shards, taken.claimedElsewhere);
    await this.#lookForWork(taken.shards);
  }

  /** Gives the leaving shards back once their requests have ended. Runs beside the moves. */
  #giveBack(): void {
    const { pool, membership, clock } = this.#options;
    const shards = this.#holdings.leaving;
    const { number } = membership;
    this.#giving = this.#givenUp()
      .then(() => giveShardsBack(pool, number, shards))
      .then(() => {
        if (membership.number === number) this.#holdings.remove(shards);
      })
      // The next heartbeat tries again.
      .catch(() => {})
      .finally(() => {
        this.#giving = null;
        this.#movedMs = clock.monotonicMs();
      });
  }

  async #givenUp(): Promise<void> {
    const member = this.#member;
    if (member !== null) await this.#withinHandOver(() => member.giveUp());
  }

  /** Releases withheld endpoints when the claims of their previous owner have ended. */
  async #recheck(): Promise<void> {
    const { pool, clock, membership, hintWork, times } = this.#options;
    const { withheld } = this.#holdings;
    const nowMs = clock.monotonicMs();
    if (withheld.length === 0 || nowMs < this.#recheckedMs + times.recheckMs) return;
    this.#recheckedMs = nowMs;
    await this.#endClaimsOfTheGone();
    const still = new Set(await claimedElsewhere(pool, membership.number, withheld));
    const free = this.#holdings.release(withheld.filter((id) => !still.has(id)));
    hintWork(free);
    if (free.length > 0) this.#member?.gained();
  }

  async #upkeep(): Promise<void> {
    const { pool, clock, hintWork, times } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#upkeepMs + times.upkeepMs) return;
    this.#upkeepMs = nowMs;
    const ended = await this.#endClaimsOfTheGone();
    hintWork(ended.filter((endpointId) => this.owns(endpointId)));
    if (ended.length > 0) this.#member?.gained();
    await deleteOutdated(pool);
  }

  #endClaimsOfTheGone(): Promise<string[]> {
    const { pool, storedNow } = this.#options;
    return endClaimsOfTheGone(pool, this.#holdings.owned, {
      judges: this.#judges,
      storedNow: storedNow(),
    });
  }

  /** Only a process that could take over may judge others. */
  get #judges(): Judging['judges'] {
    const { lease, patience } = this.#options.membership;
    return this.#sharing && lease.mayJudge ? patience : NOBODY;
  }

  async #lookForWork(shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    await this.#options.lookForWork(shards);
    this.#member?.gained();
  }

  #withinHandOver(work: () => Promise<void>): Promise<void> {
    const { clock, times } = this.#options;
    return within(clock, times.handOverMs, work());
  }
}

/** No process is declared gone. */
const NOBODY = null;
