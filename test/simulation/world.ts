import type { Handoff } from '../../src/domain/delivery.ts';
import type { Change } from '../../src/storage/changes.ts';
import { makeApplication, makeEndpoint } from '../support/storage-world.ts';
import { Callers, applicationIdOf } from './callers.ts';
import { Dice } from './dice.ts';
import { Ledger } from './ledger.ts';
import { Observer, endpointIdOf } from './observer.ts';
import type { EndpointPlan, Plan, Step } from './plan.ts';
import type { Plant } from './plant.ts';
import { SimClock, WORLD_BEGAN_AT } from './sim-clock.ts';
import { SimDatabase } from './sim-database.ts';
import { MemoryFleetDatabase } from './sim-fleet-database.ts';
import { LEASE_TIMES } from '../../src/storage/postgres/fleet/lease.ts';
import type { CreateEngine } from './engine-parts.ts';
import { SimProcess } from './sim-process.ts';
import { SimReceivers } from './sim-receivers.ts';
import { Weather } from './weather.ts';

/** A history that has ended, with its traces. */
export interface History {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly database: SimDatabase;
  /** By endpoint, the number of deliveries that were owed when the faults ended, or published later. */
  readonly owed: ReadonlyMap<string, number>;
  /** The time from the end of all faults until nothing was owed; null: something stayed owed. */
  readonly quietAfterMs: number | null;
  readonly afterwards: Afterwards;
}

/** The five minutes after nothing was owed any more. */
export interface Afterwards {
  readonly requests: number;
  readonly storageTurns: number;
  /** The number of hand-offs for which capacity is still taken. */
  readonly held: number;
}

/** Runs one history: the plan with its faults, then without faults until nothing is owed. */
export async function runHistory(
  plan: Plan,
  createEngine: CreateEngine,
  plant: Plant = {},
): Promise<History> {
  const world = new World(plan, createEngine, plant);
  await world.begin();
  await world.live();
  const owed = world.endFaults();
  const messagesAtEnd = world.database.messages.size;
  const quietAfterMs = await world.becomeQuiet();
  // Callers may publish after the faults: they repeat calls that failed during an outage.
  for (const { deliveries } of [...world.database.messages.values()].slice(messagesAtEnd)) {
    for (const id of deliveries.keys()) owed.set(id, (owed.get(id) ?? 0) + 1);
  }
  const afterwards = await world.goOn(AFTERWARDS_MS);
  const { ledger, database } = world;
  return { plan, ledger, database, owed, quietAfterMs, afterwards };
}

class World {
  readonly ledger = new Ledger();
  readonly database = new SimDatabase();
  readonly #plan: Plan;
  readonly #createEngine: CreateEngine;
  readonly #plant: Plant;
  readonly #clock: SimClock;
  readonly #observer: Observer;
  readonly #receivers: SimReceivers;
  readonly #weather: Weather;
  readonly #callers: Callers;
  readonly #fleet: MemoryFleetDatabase | null;
  readonly #chance: Dice;
  /** Null: the process at this place is down. */
  readonly #processes: (SimProcess | null)[];
  #started = 0;
  #faulty = true;

  constructor(plan: Plan, createEngine: CreateEngine, plant: Plant) {
    const { seed } = plan;
    const dice = (name: string) => new Dice(seed, name);
    this.#plan = plan;
    this.#createEngine = createEngine;
    this.#plant = plant;
    this.#clock = new SimClock(dice('clock'));
    this.#chance = dice('processes');
    this.#processes = Array.from({ length: plan.processes }, () => null);
    this.#fleet = plan.processes === 1 ? null : this.#createFleet();
    if (this.#fleet !== null) this.ledger.toldWithinMs = TOLD_WITHIN_MS;
    this.#observer = new Observer(
      this.ledger,
      this.#clock,
      this.database,
      (owner) => this.#fleet?.isAlive(owner) ?? true,
    );
    this.#weather = new Weather(plan.spells, dice('weather'), () => this.#clock.nowMs);
    this.#receivers = new SimReceivers({
      clock: this.#clock,
      dice: dice('receivers'),
      isShort: this.#weather.isShort,
    });
    this.#callers = new Callers({
      clock: this.#clock,
      dice: dice('callers'),
      ledger: this.ledger,
      database: this.database,
      receivers: this.#receivers,
      endpoints: plan.endpoints,
      process: () => this.#anyProcess(),
    });
  }

  async begin(): Promise<void> {
    for (let place = 0; place < this.#plan.applications; place++) {
      const value = makeApplication({ id: applicationIdOf(place) });
      this.database.applications.set(value.id, { value, deletedAt: null });
    }
    for (const endpoint of this.#plan.endpoints) this.#addEndpoint(endpoint);
    for (const step of this.#plan.steps) this.#clock.at(step.atMs, () => this.#take(step));
    for (const { kind, fromMs, toMs } of this.#plan.spells) {
      this.ledger.disturbances.push({ kind, fromMs, toMs });
      this.#clock.at(fromMs, () => this.#note(() => `FAULT    ${kind}`));
      this.#clock.at(toMs, () => this.#note(() => `FAULT    ${kind}: over`));
    }
    for (const place of this.#processes.keys()) await this.#startProcess(place);
    this.#disturbed(0, 0);
  }

  live(): Promise<void> {
    return this.#clock.runUntil(this.#plan.durationMs);
  }

  endFaults(): Map<string, number> {
    this.#faulty = false;
    this.#clock.offsetMs = 0;
    this.#receivers.recover();
    for (const process of this.#processes) process?.resume();
    this.#note(() => 'ALL FAULTS END');
    const owed = new Map<string, number>();
    for (const { endpointId } of this.database.allOwed()) {
      owed.set(endpointId, (owed.get(endpointId) ?? 0) + 1);
    }
    return owed;
  }

  async becomeQuiet(): Promise<number | null> {
    const fromMs = this.#clock.nowMs;
    while (this.#clock.nowMs < fromMs + LONGEST_SETTLING_MS) {
      if (this.#isQuiet()) return this.#clock.nowMs - fromMs;
      await this.#clock.runUntil(this.#clock.nowMs + LOOK_MS);
    }
    return null;
  }

  async goOn(ms: number): Promise<Afterwards> {
    // The last results must be committed first.
    await this.#clock.runUntil(this.#clock.nowMs + LOOK_MS);
    const storages = this.#processes.flatMap((process) => process?.storage ?? []);
    const turnsBefore = storages.map(({ turns }) => turns);
    const requestsBefore = this.ledger.requests.length;
    await this.#clock.runUntil(this.#clock.nowMs + ms);
    const { heldCount } = this.#plan.limits;
    // The last claim of a process that was replaced meanwhile is too old to show what is held.
    const stayed = storages.filter((storage) =>
      this.#processes.some((p) => p?.storage === storage),
    );
    return {
      requests: this.ledger.requests.length - requestsBefore,
      storageTurns: Math.max(...storages.map(({ turns }, i) => turns - (turnsBefore[i] ?? 0))),
      held: Math.max(0, ...stayed.map(({ lastClaimLimit }) => heldCount - 2 * lastClaimLimit)),
    };
  }

  #addEndpoint(plan: EndpointPlan): void {
    const { name, retryScheduleMs } = plan;
    const id = endpointIdOf(name);
    this.ledger.name(id, name);
    this.#receivers.add(name, plan.phases);
    const value = makeEndpoint({
      id,
      applicationId: applicationIdOf(plan.application),
      url: this.#receivers.urlOf(name),
      ordered: plan.ordered,
      rateLimit: plan.rateLimit,
      concurrency: plan.concurrency,
      eventTypes: plan.eventTypes,
      policy: retryScheduleMs === null ? {} : { retryScheduleMs },
    });
    this.database.endpoints.set(id, { value, deletedAt: null });
  }

  async #startProcess(place: number): Promise<void> {
    const { nextCommit, nextRead, nextPush } = this.#weather;
    const process = new SimProcess({
      number: ++this.#started,
      see: this.#observer.seeRequest,
      fleet: this.#fleet,
      plan: this.#plan,
      clock: this.#clock,
      database: this.database,
      receivers: this.#receivers,
      createEngine: this.#createEngine,
      plant: this.#plant,
      nextCommit,
      nextRead,
      nextPush,
      carry: this.#plan.broker ? this.#carry : null,
      onError: (error) => this.#note(() => `log      ${String(error)}`),
    });
    const { number } = process;
    this.#processes[place] = process;
    this.#observer.began(process);
    this.ledger.processes.push({ number, beganMs: this.#clock.nowMs, endedBy: null });
    this.#note(() => `process  ${number} starts`);
    const starting = process.start();
    // In a fleet a start takes simulated time, so it cannot be awaited here.
    if (this.#fleet === null) await starting;
  }

  readonly #carry = (owner: number, handoff: Handoff, afterMs: number): void => {
    this.#clock.after(afterMs, () => {
      this.#processes.find((process) => process?.storage.owner === owner)?.arrive(handoff);
    });
  };

  #take(step: Step): void {
    switch (step.kind) {
      case 'publish':
        for (let left = step.count; left > 0; left--) void this.#callers.publish(step);
        return;
      case 'edit':
        return void this.#callers.edit(this.#endpoint(step.endpoint), step.edit);
      case 'resend':
        return void this.#callers.resend(this.#endpoint(step.endpoint));
      case 'withdraw':
        return void this.#callers.withdraw(this.#endpoint(step.endpoint), step);
      case 'crash':
      case 'stop':
        return void this.#endProcess(step);
      case 'roll':
        return void this.#replaceAll(step);
      case 'hang':
        return this.#hangProcess(step);
      case 'cut':
        return this.#anyProcess()?.storage.breakSession();
      case 'jump':
        return this.#jump(step);
    }
  }

  async #endProcess(step: Step & { kind: 'crash' | 'stop' }): Promise<void> {
    const process = this.#anyProcess();
    if (process !== null) await this.#replace(process, step);
  }

  /** Replaces all processes, one after the other, with pauses in which the shards move. */
  async #replaceAll({ downMs, pauseMs }: Step & { kind: 'roll' }): Promise<void> {
    for (const place of this.#processes.keys()) {
      const process = this.#processes[place];
      if (process) await this.#replace(process, { kind: 'stop', downMs });
      await this.#passing(pauseMs);
    }
  }

  async #replace(process: SimProcess, { kind, downMs, killedAfterMs }: End): Promise<void> {
    const place = this.#processes.indexOf(process);
    this.#processes[place] = null;
    const fromMs = this.#clock.nowMs;
    const isHeard = this.#processes.some((other) => other?.storage.isHeard);
    this.#note(() => `process  ${process.number}: ${kind}`);
    let isKilled = kind === 'crash';
    if (isKilled) this.#kill(process);
    else if (killedAfterMs === undefined) await process.stop(STOP_GRACE_MS);
    else {
      const stopped = process.stop(STOP_GRACE_MS).then(() => false);
      isKilled = await Promise.race([stopped, this.#passing(killedAfterMs).then(() => true)]);
      if (isKilled) this.#kill(process);
    }
    this.#observer.ended(process);
    const entry = this.ledger.processes.find(({ number }) => number === process.number);
    if (entry) entry.endedBy = isKilled ? 'crash' : 'stop';
    const { nowMs } = this.#clock;
    this.#disturbed(fromMs, nowMs + downMs, isHeard && !isKilled ? nowMs : undefined);
    await this.#passing(downMs);
    await this.#startProcess(place);
  }

  /** The session of a dead process may stay open, as with a pooler, or when a machine loses its network. */
  #kill(process: SimProcess): void {
    const { owner } = process.storage;
    process.kill();
    const keptMs = this.#chance.chance(0.25) ? this.#chance.scaled(1, KEPT_SESSION_MS) : 0;
    this.#clock.after(keptMs, () => this.#fleet?.endSession(owner));
  }

  #passing(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.at(this.#clock.nowMs + ms, resolve));
  }

  #hangProcess({ forMs, losesSession = false }: Step & { kind: 'hang' }): void {
    const process = this.#anyProcess();
    if (process === null) return;
    const { nowMs } = this.#clock;
    this.#note(() => `process  ${process.number}: hangs`);
    process.hang();
    if (losesSession) process.storage.breakSession();
    this.#disturbed(nowMs, nowMs + forMs);
    this.#clock.after(forMs, () => {
      this.#note(() => `process  ${process.number}: goes on`);
      process.resume();
    });
  }

  /** Notes a disturbance; in a fleet it lasts until the shards have moved to others and back. */
  #disturbed(fromMs: number, toMs: number, toldMs?: number): void {
    const movesMs = this.#fleet === null ? 0 : LONGEST_TAKE_OVER_MS + MOVES_MS;
    if (movesMs + toMs - fromMs === 0) return;
    const told = toldMs !== undefined && { toldMs };
    this.ledger.disturbances.push({ kind: 'crash', fromMs, toMs: toMs + movesMs, ...told });
  }

  /** Any running process, hanging or not. */
  #anyProcess(): SimProcess | null {
    const running = this.#processes.filter((process) => process !== null);
    return running.length < 2 ? (running[0] ?? null) : this.#chance.pick(running);
  }

  #createFleet(): MemoryFleetDatabase {
    const { database } = this;
    const now = () => Math.floor(WORLD_BEGAN_AT + this.#clock.nowMs);
    const tell = (change: Change, withinMs: number, by = 0) => {
      for (const process of this.#processes) {
        if (process === null || process.storage.owner === by) continue;
        process.hear(change, this.#chance.between(0, withinMs));
      }
    };
    database.onEdited = (applicationId, endpointId, by) =>
      tell({ kind: 'application', applicationId, endpointIds: [endpointId] }, EDITS_TOLD_MS, by);
    database.onCancelled = (change) => tell(change, EDITS_TOLD_MS);
    database.onDue = (_endpointId, dueAt) => {
      // Some notifications are lost: the next regular look finds the work.
      if (!this.#chance.chance(LOST_PART)) tell({ kind: 'due', dueAt }, DUE_TOLD_MS);
    };
    const fleet = new MemoryFleetDatabase(() => this.#clock.nowMs, {
      *all() {
        for (const { claimOwner: owner, endpointId } of database.allOwed()) {
          if (owner !== 0) yield { owner, endpointId };
        }
      },
      end: (owner, isTaken) => database.endClaims((one) => one === owner, isTaken, now()),
    });
    fleet.onNotes = (by, notes) => {
      for (const note of notes) tell({ kind: 'notes', ...note }, 0, by);
    };
    fleet.onGiven = () => {
      for (const process of this.#processes) {
        process?.shardsGiven(this.#chance.between(0, GIVEN_TOLD_MS));
      }
    };
    return fleet;
  }

  #jump({ byMs, forMs }: Step & { kind: 'jump' }): void {
    const { nowMs } = this.#clock;
    this.#clock.offsetMs += byMs;
    this.#note(() => `FAULT    the wall clock is set by ${byMs / 1000} s`);
    this.ledger.disturbances.push({ kind: 'clock', fromMs: nowMs, toMs: nowMs + forMs });
    this.#clock.after(forMs, () => {
      if (!this.#faulty) return;
      this.#clock.offsetMs -= byMs;
      this.#note(() => `FAULT    the wall clock is right again`);
    });
  }

  #isQuiet(): boolean {
    if (this.#callers.underWay > 0) return false;
    if (this.#processes.some((process) => process === null || process.isHanging)) return false;
    for (const { endpointId } of this.database.allOwed()) {
      if (this.database.takesDeliveries(endpointId)) return false;
    }
    return true;
  }

  #endpoint(name: string): EndpointPlan {
    const plan = this.#plan.endpoints.find((endpoint) => endpoint.name === name);
    if (plan === undefined) throw new Error(`no endpoint ${name}`);
    return plan;
  }

  #note(text: () => string): void {
    this.ledger.note(this.#clock.nowMs, text);
  }
}

type End = Pick<Step & { kind: 'stop' }, 'downMs' | 'killedAfterMs'> & {
  readonly kind: 'crash' | 'stop';
};

/** The time until others take over from a process whose session stays open. */
const LONGEST_TAKE_OVER_MS = LEASE_TIMES.leaseMs + LEASE_TIMES.patienceMs;
const KEPT_SESSION_MS = 30_000;
/** The time for which shards move after a process came or went. */
const MOVES_MS = 4_000;
/** The bound in the contract of changes. */
const TOLD_WITHIN_MS = 1_000;
const EDITS_TOLD_MS = 900;
const DUE_TOLD_MS = 5;
const GIVEN_TOLD_MS = 5;
const LOST_PART = 0.02;
const LOOK_MS = 1_000;
const STOP_GRACE_MS = 2_000;
const LONGEST_SETTLING_MS = 3 * 60 * 60 * 1000;
const AFTERWARDS_MS = 5 * 60 * 1000;
