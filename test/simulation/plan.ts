import { DEFAULT_LIMITS, type DeliveryLimits } from '../../src/delivery/limits.ts';
import { DEFAULT_POLICY, type DeliveryPolicy } from '../../src/domain/policy.ts';
import { Dice } from './dice.ts';
import type { Behaviour, Phase } from './sim-receivers.ts';
import { UNWRITABLE } from './sim-storage.ts';

/** All random decisions that are made before a history begins. A seed determines them. */
export interface Plan {
  readonly seed: number;
  /** The time in which there are messages, edits and faults. */
  readonly durationMs: number;
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
  readonly endpointConcurrency: number;
  readonly limits: DeliveryLimits;
  /** In a fleet: whether processes send hand-offs to the owners of their lanes. */
  readonly broker: boolean;
  /** The number of processes; several are a fleet, which shares the endpoints. */
  readonly processes: number;
  readonly applications: number;
  readonly endpoints: readonly EndpointPlan[];
  readonly steps: readonly Step[];
  readonly spells: readonly Spell[];
}

export interface EndpointPlan {
  readonly name: string;
  readonly application: number;
  /** A healthy endpoint answers at once, fails rarely or never, gets no more than it can take, and is never edited. */
  readonly healthy: boolean;
  readonly ordered: boolean;
  readonly rateLimit: number | null;
  readonly concurrency: number | null;
  readonly eventTypes: readonly string[] | null;
  readonly retryScheduleMs: readonly number[] | null;
  readonly phases: readonly Phase[];
}

export type Edit = 'disable' | 'enable' | 'delete' | 'limit' | 'widen' | 'order' | 'move';

export type Step = { readonly atMs: number } & (
  | {
      readonly kind: 'publish';
      readonly application: number;
      readonly eventType: string;
      readonly count: number;
    }
  | { readonly kind: 'edit'; readonly endpoint: string; readonly edit: Edit }
  | { readonly kind: 'resend'; readonly endpoint: string }
  /** Messages that are owed to the endpoint are cancelled, or lose their payloads, for all endpoints. */
  | {
      readonly kind: 'withdraw';
      readonly how: 'cancel' | 'expunge';
      readonly endpoint: string;
      readonly count: number;
    }
  | { readonly kind: 'crash'; readonly downMs: number }
  /** `killedAfterMs`: the process is killed after this time if it has not stopped. */
  | { readonly kind: 'stop'; readonly downMs: number; readonly killedAfterMs?: number }
  /** One process after the other stops and comes back, with a pause after each. */
  | { readonly kind: 'roll'; readonly downMs: number; readonly pauseMs: number }
  /** `losesSession`: the database server closes the connection of the process's heartbeats. */
  | { readonly kind: 'hang'; readonly forMs: number; readonly losesSession?: boolean }
  /** The database server closes the connection of a process's heartbeats. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'jump'; readonly byMs: number; readonly forMs: number }
);

/** A time in which a part of the world is faulty. */
export interface Spell {
  readonly kind: 'storage' | 'handoffs' | 'shortage';
  readonly fromMs: number;
  readonly toMs: number;
  /** The share of commits that fail, of hand-offs that are lost, of connections that find no socket. */
  readonly failing: number;
  /** The share of commits that are executed but not answered, of hand-offs that arrive twice. */
  readonly unanswered: number;
  /** The longest time that a commit takes. */
  readonly takesMs: number;
}

/** Longer than the longest pause of a lane and a time-out together, so that only claims of lost hand-offs expire. */
export const CLAIM_MS = 2 * 60_000;
const SCHEDULES = [[200, 1_000, 5_000], [1_000, 1_000], [100, 10_000, 60_000], [2_000], []];
const EVENT_TYPES = ['call.begun', 'call.ended'];
/** The event type of the messages around a rolling restart. */
const ROLLING = 'fleet.rolling';

export function createPlan(seed: number): Plan {
  const dice = new Dice(seed, 'plan');
  const durationMs = Math.round(dice.scaled(20_000, 600_000));
  const applications = dice.int(2, 4);
  const policy: DeliveryPolicy = {
    ...DEFAULT_POLICY,
    retryScheduleMs: dice.pick(SCHEDULES),
    timeoutMs: Math.round(dice.scaled(300, 5_000)),
    disable: dice.pick([
      { kind: 'never' },
      { kind: 'never' },
      { kind: 'count', failedAttempts: dice.int(3, 40) },
      { kind: 'window', failingForMs: Math.round(dice.between(5_000, durationMs)) },
    ]),
  };
  const endpoints = Array.from({ length: dice.int(3, 9) }, (_, place) =>
    endpointPlan(dice, `e${place}`, place % applications, place, durationMs, policy),
  );
  const fleetDice = new Dice(seed, 'fleet');
  const processes = fleetDice.chance(0.1) ? fleetDice.int(2, 4) : 1;
  const alone: Plan = {
    seed,
    durationMs,
    policy,
    concurrency: dice.int(8, 32),
    endpointConcurrency: dice.int(2, 8),
    limits: limits(dice),
    broker: dice.chance(0.5),
    processes,
    applications,
    endpoints,
    steps: [
      ...steps(dice, durationMs, applications, endpoints),
      ...withdrawals(new Dice(seed, 'withdrawals'), durationMs, endpoints),
    ].toSorted((a, b) => a.atMs - b.atMs),
    spells: spells(dice, durationMs),
  };
  const plan = processes === 1 ? { ...alone, broker: false } : fleetPlan(alone, fleetDice);
  const outageDice = new Dice(seed, 'outage');
  return outageDice.chance(0.03) ? outagePlan(plan, outageDice) : plan;
}

/** The storage is unavailable for longer than a claim, with requests in flight and results to record. */
function outagePlan(plan: Plan, dice: Dice): Plan {
  const fromMs = dice.between(0, plan.durationMs);
  const toMs = fromMs + CLAIM_MS + dice.scaled(100, 20_000);
  const publishes = Array.from({ length: 20 }, (): Step => ({
    atMs: Math.max(0, fromMs - dice.scaled(1, 2_000)),
    kind: 'publish',
    application: dice.int(0, plan.applications - 1),
    eventType: dice.pick(EVENT_TYPES),
    count: 1,
  }));
  const outage: Spell = { kind: 'storage', fromMs, toMs, failing: 1, unanswered: 0, takesMs: 5 };
  return {
    ...plan,
    durationMs: Math.max(plan.durationMs, toMs),
    steps: [...plan.steps, ...publishes].toSorted((a, b) => a.atMs - b.atMs),
    spells: [outage, ...plan.spells],
  };
}

/**
 * The same world with several processes, some of which crash, stop, hang or lose a connection. In some histories all
 * processes are replaced one after the other while an endpoint has asked for a pause.
 */
function fleetPlan(alone: Plan, dice: Dice): Plan {
  const { durationMs } = alone;
  // All processes share one wall clock, so it does not jump.
  const others = alone.steps.filter(({ kind }) => kind !== 'jump');
  const ends = Array.from({ length: dice.int(0, 4) }, (): Step => {
    const atMs = dice.between(0, durationMs);
    const kind = dice.pick(['hang', 'hang', 'crash', 'stop', 'cut'] as const);
    switch (kind) {
      case 'hang':
        return { atMs, kind, forMs: dice.scaled(200, 20_000), losesSession: dice.chance(0.3) };
      case 'crash':
        return { atMs, kind, downMs: dice.scaled(1, 5_000) };
      case 'stop': {
        const killed = dice.chance(0.3) && { killedAfterMs: dice.scaled(1, 2_000) };
        return { atMs, kind, downMs: dice.scaled(1, 5_000), ...killed };
      }
      default:
        return { atMs, kind };
    }
  });
  const steps = [...others, ...ends].toSorted((a, b) => a.atMs - b.atMs);
  const fleet = { ...alone, steps };
  if (dice.chance(0.3)) return rollingPlan(fleet, dice);
  const withdrawing = new Dice(alone.seed, 'withdrawing');
  return withdrawing.chance(0.4) ? withdrawingPlan(fleet, withdrawing) : fleet;
}

/**
 * An endpoint with a rate gets more messages than it takes in a second. Then the messages that its owner holds are
 * withdrawn, perhaps while the storage is slow.
 */
function withdrawingPlan(fleet: Plan, dice: Dice): Plan {
  const { endpoints, durationMs } = fleet;
  const spared = new Set(endpoints.filter((e) => e.healthy).map(({ application }) => application));
  const chosen = endpoints.find(({ application }) => !spared.has(application));
  if (chosen === undefined) return fleet;
  const atMs = durationMs + dice.between(10_000, 20_000);
  const eventTypes = ['fleet.withdrawn'];
  const takesMs = dice.between(200, 2_000);
  const slow = {
    kind: 'storage',
    fromMs: atMs,
    toMs: atMs + 6_000,
    failing: 0,
    unanswered: 0,
  } as const;
  return {
    ...fleet,
    durationMs: atMs + 20_000,
    limits: { ...fleet.limits, rateHoldMs: 4_000, heldPerRequest: 32 },
    endpoints: endpoints.map((endpoint) =>
      endpoint === chosen
        ? { ...chosen, eventTypes, ordered: false, rateLimit: dice.int(2, 8), phases: [] }
        : { ...endpoint, eventTypes: endpoint.eventTypes ?? EVENT_TYPES },
    ),
    steps: [
      ...fleet.steps,
      {
        atMs,
        kind: 'publish' as const,
        application: chosen.application,
        eventType: 'fleet.withdrawn',
        count: dice.int(10, 40),
      },
      ...Array.from({ length: 5 }, (): Step => ({
        atMs: atMs + dice.between(50, 4_000),
        kind: 'withdraw',
        how: dice.pick(['cancel', 'expunge']),
        endpoint: chosen.name,
        count: 10,
      })),
    ].toSorted((a, b) => a.atMs - b.atMs),
    spells: [...fleet.spells, ...(dice.chance(0.5) ? [{ ...slow, takesMs }] : [])],
  };
}

/**
 * A rolling restart while an endpoint has asked for a pause, or has a request in flight without a claim, because the
 * message was resent. The endpoint gets no other messages, so an owner in the middle knows of this only from the notes
 * of its predecessor, and must pass them on.
 */
function rollingPlan(fleet: Plan, dice: Dice): Plan {
  const chosen = fleet.endpoints.findLast(({ healthy }) => !healthy);
  if (chosen === undefined) return fleet;
  // By then, earlier faults no longer move shards.
  const atMs = fleet.durationMs + dice.between(10_000, 20_000);
  const [downMs, pauseMs] = [dice.scaled(10, 1_000), dice.between(500, 1_500)];
  const rolledMs = fleet.processes * (downMs + pauseMs) + 500;
  const pausedMs = dice.int(15, 20) * 1_000;
  const isPaused = dice.chance(0.7);
  const behaviour: Behaviour = isPaused
    ? { kind: 'answers', status: 429, takesMs: [1, 5], retryAfter: String(pausedMs / 1_000) }
    : { kind: 'hangs' };
  const publish = (publishedMs: number): Step => ({
    atMs: publishedMs,
    kind: 'publish',
    application: chosen.application,
    count: 1,
    eventType: ROLLING,
  });
  return {
    ...fleet,
    durationMs: atMs + pausedMs + 5_000,
    limits: { ...fleet.limits, longestPushbackMs: 60_000 },
    endpoints: fleet.endpoints.map((endpoint) => {
      const eventTypes = [ROLLING];
      if (endpoint !== chosen)
        return { ...endpoint, eventTypes: endpoint.eventTypes ?? EVENT_TYPES };
      return { ...chosen, eventTypes, concurrency: 1, phases: [{ fromMs: 0, behaviour }] };
    }),
    steps: [
      ...fleet.steps,
      publish(atMs - 200),
      ...(isPaused ? [] : [{ atMs: atMs - 50, kind: 'resend', endpoint: chosen.name } as const]),
      { atMs, kind: 'roll', downMs, pauseMs },
      ...Array.from({ length: 3 }, () => publish(atMs + dice.between(rolledMs, pausedMs))),
    ],
  };
}

/** A small world of the same shape as the real one. */
function limits(dice: Dice): DeliveryLimits {
  const heldCount = dice.int(64, 512);
  return {
    ...DEFAULT_LIMITS,
    heldCount,
    laneCount: Math.floor(heldCount * dice.between(0.05, 0.3)),
    heldPerRequest: dice.int(2, 32),
    heldPerSlowRequest: dice.int(1, 4),
    rateHoldMs: dice.int(200, 4_000),
    firstWindow: dice.int(1, 4),
    slowMs: dice.int(50, 1_000),
    unrecordedCount: dice.int(8, 128),
    longestPushbackMs: dice.int(1_000, 60_000),
    holdThroughPauseMs: dice.int(100, 2_000),
    // So large that an idle sweep asks for all free capacity, which shows how much the process holds.
    sweepCount: heldCount,
    claimMs: CLAIM_MS,
  };
}

function endpointPlan(
  dice: Dice,
  name: string,
  application: number,
  place: number,
  durationMs: number,
  { timeoutMs }: DeliveryPolicy,
): EndpointPlan {
  // The first application always has a healthy endpoint, so that almost every history measures isolation.
  const healthy = place === 0 || dice.chance(0.15);
  return {
    name,
    application,
    healthy,
    ordered: !healthy && dice.chance(0.2),
    rateLimit: !healthy && dice.chance(0.2) ? dice.int(1, 30) : null,
    concurrency: !healthy && dice.chance(0.2) ? dice.int(1, 6) : null,
    eventTypes: dice.chance(0.2) ? [dice.pick(EVENT_TYPES)] : null,
    retryScheduleMs: dice.chance(0.2) ? dice.pick(SCHEDULES) : null,
    phases: healthy ? healthyPhases(dice) : phases(dice, durationMs, timeoutMs),
  };
}

function healthyPhases(dice: Dice): Phase[] {
  const behaviour = { kind: 'answers', status: 500, takesMs: [1, 5], part: 0.1 } as const;
  return dice.chance(0.5) ? [] : [{ fromMs: 0, behaviour }];
}

function phases(dice: Dice, durationMs: number, timeoutMs: number): Phase[] {
  const all = [{ fromMs: 0, behaviour: behaviour(dice, timeoutMs) }];
  while (dice.chance(0.4)) {
    all.push({ fromMs: dice.between(0, durationMs), behaviour: behaviour(dice, timeoutMs) });
  }
  return all.sort((a, b) => a.fromMs - b.fromMs);
}

function behaviour(dice: Dice, timeoutMs: number): Behaviour {
  const kind = 'answers';
  const quick = [1, dice.scaled(2, 100)] as const;
  const slow = [timeoutMs * 0.2, timeoutMs * dice.between(0.3, 1.2)] as const;
  const takesMs = dice.pick([quick, quick, slow]);
  switch (dice.int(0, 8)) {
    case 0:
    case 1:
      return { kind, status: 200, takesMs };
    case 2:
      return { kind: 'hangs' };
    case 3:
      return { kind: 'resets', takesMs };
    case 4:
      return {
        kind,
        status: dice.pick([400, 500]),
        takesMs,
        ...(dice.chance(0.1) && { response: UNWRITABLE }),
      };
    case 5:
      return { kind, status: 500, takesMs, part: dice.between(0.05, 0.6) };
    case 6: {
      const status = dice.pick([429, 503]);
      const part = dice.pick([1, dice.between(0.1, 0.9)]);
      return { kind, status, takesMs: quick, part, retryAfter: String(dice.int(1, 20)) };
    }
    case 7:
      return dice.chance(0.3) ? { kind, status: 410, takesMs: quick } : { kind: 'hangs' };
    default:
      return { kind, status: 200, takesMs: slow };
  }
}

function steps(
  dice: Dice,
  durationMs: number,
  applications: number,
  endpoints: readonly EndpointPlan[],
): Step[] {
  const all: Step[] = [];
  const at = () => dice.between(0, durationMs);
  const publish = (application: number, count: number) =>
    all.push({
      atMs: at(),
      kind: 'publish',
      application,
      count,
      eventType: dice.pick(EVENT_TYPES),
    });
  for (let application = 0; application < applications; application++) {
    for (let left = dice.int(5, 30); left > 0; left--) publish(application, 1);
    // The messages of a healthy endpoint's own application must not be its delay.
    const hasHealthy = endpoints.some((e) => e.healthy && e.application === application);
    if (hasHealthy) continue;
    while (dice.chance(0.6)) publish(application, Math.round(dice.scaled(10, 250)));
  }
  const sick = endpoints.filter(({ healthy }) => !healthy);
  if (sick.length > 0 && dice.chance(0.4)) {
    const edits: Edit[] = [
      'disable',
      'enable',
      'enable',
      'delete',
      'limit',
      'widen',
      'order',
      'move',
    ];
    for (let left = dice.int(1, 8); left > 0; left--) {
      all.push({
        atMs: at(),
        kind: 'edit',
        endpoint: dice.pick(sick).name,
        edit: dice.pick(edits),
      });
    }
  }
  if (dice.chance(0.3)) {
    for (let left = dice.int(1, 6); left > 0; left--) {
      all.push({ atMs: at(), kind: 'resend', endpoint: dice.pick(endpoints).name });
    }
  }
  if (dice.chance(0.3)) {
    for (let left = dice.int(1, 3); left > 0; left--) {
      const kind = dice.pick(['crash', 'crash', 'stop'] as const);
      all.push({ atMs: at(), kind, downMs: dice.scaled(1, 5_000) });
    }
  }
  if (dice.chance(0.25)) {
    for (let left = dice.int(1, 3); left > 0; left--) {
      const byMs = dice.pick([-3_600_000, 3_600_000, -20_000, 20_000]);
      all.push({ atMs: at(), kind: 'jump', byMs, forMs: dice.scaled(1, durationMs) });
    }
  }
  return all;
}

function withdrawals(dice: Dice, durationMs: number, endpoints: readonly EndpointPlan[]): Step[] {
  if (!dice.chance(0.4)) return [];
  return Array.from({ length: dice.int(1, 8) }, () => ({
    atMs: dice.between(0, durationMs),
    kind: 'withdraw',
    how: dice.pick(['cancel', 'expunge']),
    endpoint: dice.pick(endpoints).name,
    count: Math.round(dice.scaled(1, 40)),
  }));
}

function spells(dice: Dice, durationMs: number): Spell[] {
  const all: Spell[] = [];
  for (const kind of ['storage', 'handoffs', 'shortage'] as const) {
    if (!dice.chance(0.25)) continue;
    for (let left = dice.int(1, 3); left > 0; left--) {
      const fromMs = dice.between(0, durationMs);
      all.push({
        kind,
        fromMs,
        toMs: Math.min(fromMs + dice.scaled(50, 20_000), durationMs),
        failing: dice.pick([0, dice.between(0, 0.5), 1]),
        unanswered: dice.pick([0, dice.between(0, 0.5)]),
        takesMs: dice.pick([2, dice.scaled(2, 2_000)]),
      });
    }
  }
  return all;
}
