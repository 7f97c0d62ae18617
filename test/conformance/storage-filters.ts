import { expect, it } from 'vitest';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { AuditEntry } from '../../src/domain/audit.ts';
import type { Delivery, DeliveryNext } from '../../src/domain/delivery.ts';
import { createIds } from '../../src/domain/ids.ts';
import type { EventType } from '../../src/domain/event-type.ts';
import type { Message } from '../../src/domain/message.ts';
import { TASK_KINDS, TASK_STATUSES, type Task } from '../../src/domain/task.ts';
import type {
  AttemptFilter,
  AuditFilter,
  MessageFilter,
  Page,
  PageRequest,
  Standing,
  TaskFilter,
  UndeliveredDelivery,
  UndeliveredFilter,
} from '../../src/storage/storage.ts';
import { Dice } from '../simulation/dice.ts';
import { recordBatch } from '../support/record-batch.ts';
import { NOW, ORGANIZATION, makeEventType, makeTask } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

/**
 * Compares each list, with any combination of its filters, in both orders, from any place and in both directions, to
 * a filter over all rows in memory. The rows are random; `FILTER_SEED` tries others.
 */
export function describeFilters(suite: Suite): void {
  const seed = Number(process.env['FILTER_SEED'] ?? 1);

  it(`find what a look at each row finds (seed ${seed})`, { timeout: 120_000 }, async () => {
    const dice = new Dice(seed, 'filters');
    const history = createHistory(suite, dice);
    await history.setUp();
    await history.goOn(30);
    await history.goOn(30);
    await agree(dice, await history.listings(), 20);
    await suite.restart();
    await agree(dice, await history.listings(), 10);
    await history.forget();
    await agree(dice, await history.listings(), 10);
    await history.goOn(20);
    await agree(dice, await history.listings(), 10);
  });
}

/** One list, with all its rows and the filter over them in memory. */
interface Listing {
  readonly name: string;
  /** In ascending order. */
  readonly rows: readonly Row[];
  readonly draw: () => object;
  readonly passes: (row: never, filter: never) => boolean;
  readonly list: (page: never) => Promise<Page<unknown>>;
  readonly placeOf: (row: never) => string;
}

interface Row {
  readonly place: string;
  readonly row: unknown;
}

function listing<T, Filter extends object>(
  name: string,
  all: readonly T[],
  of: {
    readonly placeOf: (row: T) => string;
    readonly draw: () => Filter;
    readonly passes: (row: T, filter: Filter) => boolean;
    readonly list: (page: PageRequest & Filter) => Promise<Page<T>>;
  },
): Listing {
  const rows = all.map((row) => ({ place: of.placeOf(row), row }));
  return { name, rows: rows.toSorted((a, b) => (a.place < b.place ? -1 : 1)), ...of };
}

/** Walks each list `times` times, with a random filter, order, direction and beginning. */
async function agree(dice: Dice, listings: readonly Listing[], times: number): Promise<void> {
  let found = 0;
  for (const { name, rows, draw, passes, list, placeOf } of listings) {
    expect([name, rows.length]).not.toEqual([name, 0]);
    for (let time = 0; time < times; time++) {
      const filter = draw();
      const order = dice.pick(['ascending', 'descending'] as const);
      const towards = dice.pick(['after', 'before'] as const);
      const inOrder = order === 'ascending' ? rows : rows.toReversed();
      const at = dice.chance(0.3) ? null : dice.int(0, rows.length - 1);
      const from = at === null ? undefined : inOrder[at]?.place;
      const beyond =
        at === null ? inOrder : towards === 'after' ? inOrder.slice(at + 1) : inOrder.slice(0, at);
      const expected = beyond
        .filter(({ row }) => passes(row as never, filter as never))
        .map(({ place }) => place);
      const limit = dice.pick([1, 4, 10, 40]);
      const walked = await walk(list, placeOf, { ...filter, order, limit }, towards, from);
      const asked = JSON.stringify({ list: name, filter, order, towards, from, limit });
      expect([asked, walked]).toEqual([asked, expected]);
      found += expected.length;
    }
  }
  // If filters let too little through, the comparison would show little.
  expect(found).toBeGreaterThan(listings.length * times);
}

/** Reads page by page to the end. Reading backwards needs a place to begin at. */
async function walk(
  list: Listing['list'],
  placeOf: Listing['placeOf'],
  request: PageRequest,
  towards: 'after' | 'before',
  from: string | undefined,
): Promise<string[]> {
  const places: string[] = [];
  let at: Pick<PageRequest, 'after' | 'before'> = from === undefined ? {} : { [towards]: from };
  const isBack = from !== undefined && towards === 'before';
  for (let pages = 0; pages < 1_000; pages++) {
    const page = await list({ ...request, ...at } as never);
    const found = page.data.map((row) => placeOf(row as never));
    expect(found.length).toBeLessThanOrEqual(request.limit);
    if (isBack) places.unshift(...found);
    else places.push(...found);
    if (page.done) return places;
    const last = (isBack ? found[0] : found.at(-1)) ?? '';
    at = page.cutAt ?? (isBack ? { before: last } : { after: last });
    // A page that is not full and was not cut must be the last one.
    expect([request.limit, page.cutAt]).toEqual([found.length, undefined]);
  }
  throw new Error('the list has no end');
}

const TYPES = ['a.b', 'a.c', 'b'] as const;
const CHANNELS = ['x', 'y', 'xy'] as const;
const TAGS = ['t', 'u'] as const;
const HOUR_MS = 3_600_000;
const WHOLE = { limit: 1_000, order: 'ascending' } as const;

function createHistory(suite: Suite, dice: Dice) {
  let at = NOW;
  const ids = createIds({ now: () => at }, dice.fill);
  const endpointIds: string[] = [];
  const known = { messages: new Map<string, Message>(), attempts: new Set<string>() };
  const times = { published: [NOW], attempted: [NOW], changed: [NOW] };
  let otherApplication = '';
  const some = <T>(items: readonly T[]): T[] | null => {
    const chosen = items.filter(() => dice.chance(0.4));
    return chosen.length === 0 ? null : chosen;
  };

  async function setUp(): Promise<void> {
    const { world } = suite;
    otherApplication = (await world.createApplication()).id;
    for (let i = 0; i < 3; i++) endpointIds.push((await world.createEndpoint()).id);
    for (const name of ['a', 'b', 'c.d', 'c.e', 'e', 'f']) {
      const featureFlags = some(['v', 'w']) ?? [];
      const type = makeEventType({ name, archived: dice.chance(0.4), featureFlags });
      await world.storage.eventTypes.create(type);
    }
    for (let i = 0; i < 25; i++) {
      at += dice.int(0, 1_500);
      times.changed.push(at);
      const of = { createdAt: at, updatedAt: at };
      await world.storage.tasks.create(
        makeTask({
          ...of,
          id: ids.next('qtask'),
          applicationId: dice.pick([world.application.id, otherApplication]),
          kind: dice.pick(TASK_KINDS),
          status: dice.pick(TASK_STATUSES),
        }),
      );
      await world.storage.audit.add({
        entry: {
          id: ids.next('audit'),
          organizationId: ORGANIZATION,
          applicationId: dice.pick([null, world.application.id, otherApplication]),
          at,
          actor: { kind: 'key', id: dice.pick(['key_1', 'key_2']), name: null },
          operation: dice.pick(['endpoints.patch', 'endpoints.create']),
          objects: {},
        },
        keptMs: null,
      });
    }
  }

  /** Publishes, attempts and cancels messages. */
  async function goOn(count: number): Promise<void> {
    const { world } = suite;
    // Retention works with days.
    at += 24 * HOUR_MS;
    for (let i = 0; i < count; i++) {
      at += dice.chance(0.2) ? dice.int(0, 3 * HOUR_MS) : dice.int(0, 1_500);
      const id = ids.next('msg');
      const isFast = dice.chance(0.4);
      const message = world.newMessage(some(endpointIds) ?? [], {
        id,
        createdAt: at,
        eventType: dice.pick(TYPES),
        channels: some(CHANNELS),
        tags: some(TAGS),
        ...(isFast ? { claimedUntil: at + 60_000 } : { dueAt: at + dice.int(-1, 1) * HOUR_MS }),
      });
      await world.storage.acceptMessages([message]);
      known.messages.set(id, message.message);
      times.published.push(at);
      for (const endpointId of message.claimed?.endpointIds ?? []) {
        if (dice.chance(0.2)) continue;
        const claim = { owner: world.storage.owner, until: at + 60_000 };
        await attempt({ messageId: id, endpointId, claim, attemptCount: 0 });
      }
      if (dice.chance(0.1)) await world.storage.cancelMessage(world.application.id, id);
      if (dice.chance(0.15)) await resend();
      if (dice.chance(0.3)) {
        const { handoffs } = await world.claim({ now: at });
        for (const handoff of handoffs) if (dice.chance(0.9)) await attempt(handoff);
      }
    }
  }

  type Claimed = Pick<Delivery, 'messageId' | 'endpointId' | 'attemptCount'> & {
    readonly claim: { readonly owner: number; readonly until: number };
  };

  async function attempt({ messageId, endpointId, claim, attemptCount }: Claimed): Promise<void> {
    const { world } = suite;
    const startedAt = at - dice.int(0, 200_000);
    const [succeeded, statusCode] = dice.pick([
      [true, 200],
      [true, 204],
      [false, 204],
      [false, 302],
      [false, 404],
      [false, 503],
      [false, null],
    ] as const);
    const next: DeliveryNext = succeeded
      ? { state: 'delivered' }
      : dice.chance(0.4)
        ? { state: 'exhausted' }
        : { state: 'pending', dueAt: at + dice.int(0, 20_000), scheduleStep: 1 };
    const made = world.attempt(
      { messageId, endpointId },
      {
        id: ids.next('atmpt'),
        number: attemptCount + 1,
        startedAt,
        succeeded,
        statusCode,
        failure: succeeded ? null : 'status',
      },
    );
    await world.storage.record(() => recordBatch({ records: [{ attempt: made, claim, next }] }));
    known.attempts.add(made.id);
    times.attempted.push(startedAt);
  }

  /** Removes payloads, attempts and messages whose retention time is over. */
  async function forget(): Promise<void> {
    const { application, storage } = suite.world;
    const before = { messages: known.messages.size, attempts: known.attempts.size };
    const published = times.published.toSorted((a, b) => a - b);
    const passed = (part: number) => published[Math.floor(part * published.length)] ?? null;
    await storage.expunge(application.id, [dice.pick([...known.messages.keys()])]);
    const kept = { payloadsBefore: null, attemptsBefore: null, messagesBefore: null };
    const group = {
      organizationIds: [ORGANIZATION],
      name: 'short',
      payloadsBefore: passed(0.9),
      attemptsBefore: passed(0.8),
      messagesBefore: passed(0.6),
    };
    for (let done = false, calls = 0; !done; calls++) {
      expect(calls).toBeLessThan(100);
      const request = { ...kept, now: at, groups: [group], name: '', limit: 20 };
      done = (await storage.removeExpired(request))?.done === true;
    }
    const { data } = await storage.messages.list(application.id, WHOLE);
    known.messages = new Map(data.map((message) => [message.id, message]));
    known.attempts.clear();
    for (const endpointId of endpointIds) {
      for (const { id } of (await storage.attempts.byEndpoint(endpointId, WHOLE)).data) {
        known.attempts.add(id);
      }
    }
    expect(known.messages.size).toBeLessThan(before.messages);
    expect(known.attempts.size).toBeLessThan(before.attempts);
  }

  async function resend(): Promise<void> {
    const { world } = suite;
    const messageId = dice.pick([...known.messages.keys()]);
    const of = {
      messageId,
      endpointId: dice.pick(endpointIds),
      applicationId: world.application.id,
    };
    await world.storage.scheduleDelivery({ ...of, dueAt: at, trigger: 'manual' });
  }

  const instantOf = (of: keyof typeof times) => () =>
    dice.pick(times[of]) + dice.pick([0, 0, 0, 1, -700]);
  /** Draws a member of a filter with this chance. */
  const maybe = <K extends string, V>(name: K, value: () => V, chance = 0.35) =>
    (dice.chance(chance) ? { [name]: value() } : {}) as { readonly [N in K]?: V };

  const drawTypes = () => (dice.chance(0.1) ? [] : (some(TYPES) ?? [dice.pick(TYPES)]));
  const drawOfMessage = (): MessageFilter => ({
    ...maybe('channel', () => dice.pick(CHANNELS)),
    ...maybe('tag', () => dice.pick(TAGS)),
    ...maybe('eventTypes', drawTypes),
    ...maybe('createdBefore', instantOf('published')),
    ...maybe('createdAfter', instantOf('published')),
  });
  const drawOfAttempt = (): AttemptFilter => ({
    ...maybe('succeeded', () => dice.chance(0.4), 0.25),
    ...maybe('statusCodeClass', () => dice.pick([0, 100, 200, 300, 400, 500]), 0.25),
    ...maybe('channel', () => dice.pick(CHANNELS), 0.2),
    ...maybe('tag', () => dice.pick(TAGS), 0.2),
    ...maybe('eventTypes', drawTypes, 0.2),
    ...maybe('startedBefore', instantOf('attempted')),
    ...maybe('startedAfter', instantOf('attempted'), 0.5),
  });

  const drawOfAudit = (): AuditFilter => ({
    ...maybe('applicationId', () => suite.world.application.id),
    ...maybe('actorId', () => dice.pick(['key_1', 'key_2'])),
    ...maybe('operation', () => dice.pick(['endpoints.patch', 'endpoints.create'])),
    ...maybe('before', instantOf('changed')),
    ...maybe('after', instantOf('changed')),
  });

  function passesAttempt(row: Attempt, filter: AttemptFilter): boolean {
    const {
      succeeded,
      statusCodeClass,
      startedBefore = Infinity,
      startedAfter = -Infinity,
    } = filter;
    const message = known.messages.get(row.messageId);
    return (
      message !== undefined &&
      passesMessage(message, { ...filter }) &&
      (succeeded === undefined || row.succeeded === succeeded) &&
      (statusCodeClass === undefined || classOf(row.statusCode) === statusCodeClass) &&
      (filter.endpointId === undefined || row.endpointId === filter.endpointId) &&
      row.startedAt < startedBefore &&
      row.startedAt > startedAfter
    );
  }

  async function listings(): Promise<Listing[]> {
    const { application, storage } = suite.world;
    const { endpoints, messages, attempts, undelivered, tasks, audit, eventTypes } = storage;
    const all: Listing[] = [];

    const { data: rows } = await messages.list(application.id, WHOLE);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(known.messages.keys()));
    all.push(
      listing('messages', rows, {
        placeOf: ({ id }) => id,
        draw: drawOfMessage,
        passes: passesMessage,
        list: (page) => messages.list(application.id, page),
      }),
    );

    const made: Attempt[] = [];
    const failures: UndeliveredDelivery[] = [];
    for (const endpointId of endpointIds) {
      const endpointUrl = (await endpoints.get(application.id, endpointId))?.url ?? null;
      const { data } = await attempts.byEndpoint(endpointId, WHOLE);
      made.push(...data);
      all.push(
        listing(`attempts of ${endpointId}`, data, {
          placeOf: ({ id }) => id,
          draw: drawOfAttempt,
          passes: passesAttempt,
          list: (page) => attempts.byEndpoint(endpointId, page),
        }),
      );
      const owed = (await messages.ofEndpoint(application.id, endpointId, WHOLE)).data;
      for (const { message, delivery } of owed) {
        const { payload: _, ...withoutPayload } = message;
        if (hasFailed(delivery)) {
          failures.push({ message: withoutPayload, delivery, endpointUrl });
        }
      }
      all.push(
        listing(`messages of ${endpointId}`, owed, {
          placeOf: ({ message }) => message.id,
          draw: () => ({
            ...drawOfMessage(),
            ...maybe('standing', () => dice.pick(STANDINGS)),
          }),
          passes: ({ message, delivery }, { standing, ...filter }) =>
            passesMessage(message, filter) &&
            (standing === undefined || standingOf(delivery) === standing),
          list: (page) => messages.ofEndpoint(application.id, endpointId, page),
        }),
      );
    }
    expect(new Set(made.map(({ id }) => id))).toEqual(known.attempts);
    // No attempt outlives its message.
    expect(made.filter(({ messageId }) => !known.messages.has(messageId))).toEqual([]);

    const most = made.toSorted((a, b) => countOf(made, b) - countOf(made, a))[0]?.messageId ?? '';
    all.push(
      listing(
        'attempts of a message',
        made.filter(({ messageId }) => messageId === most),
        {
          placeOf: ({ id }) => id,
          draw: () => ({
            ...maybe('endpointId', () => dice.pick(endpointIds)),
            ...(dice.chance(0.5) && drawOfAttempt()),
          }),
          passes: passesAttempt,
          list: (page) => attempts.byMessage(most, page),
        },
      ),
    );

    for (const applicationId of [application.id, null]) {
      const scope = { organizationId: ORGANIZATION, applicationId };
      all.push(
        listing(`what was not delivered of ${applicationId}`, failures, {
          placeOf: ({ message, delivery }) => `${message.id}.${delivery.endpointId}`,
          draw: (): UndeliveredFilter => ({
            ...drawOfMessage(),
            ...maybe('endpointId', () => dice.pick(endpointIds)),
            ...maybe('state', () => dice.pick(['pending', 'exhausted'] as const)),
          }),
          passes: ({ message, delivery }, filter) =>
            passesMessage(message, filter) &&
            (filter.endpointId === undefined || delivery.endpointId === filter.endpointId) &&
            (filter.state === undefined || delivery.state === filter.state),
          list: (page) => undelivered.list(scope, page),
        }),
      );
    }

    all.push(
      listing('tasks', (await tasks.list(ORGANIZATION, WHOLE)).data, {
        placeOf: ({ id }: Task) => id,
        draw: (): TaskFilter => ({
          ...maybe('applicationId', () => application.id),
          ...maybe('status', () => dice.pick(TASK_STATUSES)),
          ...maybe('kinds', () => [dice.pick(TASK_KINDS), dice.pick(TASK_KINDS)]),
        }),
        passes: ({ applicationId, status, kind }, { kinds = [kind], ...equal }) =>
          isMet({ applicationId, status }, equal) && kinds.includes(kind),
        list: (page) => tasks.list(ORGANIZATION, page),
      }),
      listing('the audit', (await audit.list(ORGANIZATION, { ...WHOLE, filter: {} })).data, {
        placeOf: ({ id }: AuditEntry) => id,
        draw: () => ({ filter: drawOfAudit() }),
        passes: (entry, { filter: { before = Infinity, after = -Infinity, ...equal } }) =>
          isMet({ ...entry, actorId: entry.actor.id }, equal) &&
          entry.at < before &&
          entry.at >= after,
        list: (page) => audit.list(ORGANIZATION, page),
      }),
    );

    const types = { ...WHOLE, includeArchived: true, featureFlags: null };
    all.push(
      listing('event types', (await eventTypes.list(ORGANIZATION, types)).data, {
        placeOf: ({ name }: EventType) => name,
        draw: () => ({
          includeArchived: dice.chance(0.6),
          featureFlags: dice.chance(0.4) ? null : (some(['v', 'w', 'none']) ?? []),
        }),
        passes: ({ archived, featureFlags }, { includeArchived, featureFlags: held }) =>
          (includeArchived || !archived) &&
          (held === null || featureFlags.length === 0 || overlap(featureFlags, held)),
        list: (page) => eventTypes.list(ORGANIZATION, page),
      }),
    );
    return all;
  }

  return { setUp, goOn, forget, listings };
}

function passesMessage(message: Omit<Message, 'payload'>, filter: MessageFilter): boolean {
  const { channel, tag, eventTypes, createdBefore = Infinity, createdAfter = -Infinity } = filter;
  return (
    (channel === undefined || message.channels?.includes(channel) === true) &&
    (tag === undefined || message.tags?.includes(tag) === true) &&
    (eventTypes === undefined || eventTypes.includes(message.eventType)) &&
    message.createdAt < createdBefore &&
    message.createdAt > createdAfter
  );
}

const STANDINGS: readonly Standing[] = [
  'waiting',
  'sending',
  'delivered',
  'exhausted',
  'cancelled',
];

function standingOf({ state, attemptCount, claimed }: Delivery): Standing {
  if (state !== 'pending') return state;
  return attemptCount > 0 || claimed ? 'sending' : 'waiting';
}

function hasFailed({ state, attemptCount }: Delivery): boolean {
  return state === 'exhausted' || (state === 'pending' && attemptCount > 0);
}

function classOf(statusCode: number | null): number {
  return statusCode === null ? 0 : Math.floor(statusCode / 100) * 100;
}

function countOf(attempts: readonly Attempt[], { messageId }: Attempt): number {
  return attempts.filter((other) => other.messageId === messageId).length;
}

function isMet(row: object, filter: object): boolean {
  const values = row as Readonly<Record<string, unknown>>;
  return Object.entries(filter).every(([name, value]) => values[name] === value);
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.includes(one));
}
