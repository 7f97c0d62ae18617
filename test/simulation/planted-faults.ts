import { Admission } from '../../src/delivery/admission.ts';
import { Lane } from '../../src/delivery/lane.ts';
import { Lanes } from '../../src/delivery/lanes.ts';
import { Recorder } from '../../src/delivery/recorder.ts';
import { Withdrawn } from '../../src/delivery/withdrawn.ts';
import { Window } from '../../src/delivery/window.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { EndpointCache, Storage } from '../../src/storage/storage.ts';
import type { Plant } from './plant.ts';
import { SimProcess } from './sim-process.ts';

/** A defect that is built into a process on purpose: the simulation must see it. */
export interface PlantedFault {
  readonly name: string;
  /** The invariant that it breaks. */
  readonly breaks: string;
  readonly plant: Plant;
  /** Few histories show it: the seed from which it is looked for. */
  readonly from?: number;
  /** Changes the code under test itself; answers how to change it back. */
  readonly patch?: () => () => void;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'a message is accepted although its commit failed',
    breaks: 'accepted',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          acceptMessages: (messages) =>
            storage
              .acceptMessages(messages)
              .catch(() => messages.map(() => ({ accepted: true }) as const)),
        }),
    },
  },
  {
    name: 'an attempt is taken for recorded although its commit failed',
    breaks: 'recorded',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          record: (take) => storage.record(take).catch(() => ({ disabled: [] })),
        }),
    },
  },
  {
    name: 'claims that are given back stay in the storage',
    breaks: 'quiet',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          record: (take) => storage.record(() => ({ ...take(), releases: [] })),
        }),
    },
  },
  {
    name: 'the storage is asked for what is due in a second',
    breaks: 'patience',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          claimDue: (request) => storage.claimDue({ ...request, now: request.now + 1_000 }),
        }),
    },
  },
  {
    name: 'what the storage says is due next is not heard',
    breaks: 'isolation',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          claimDue: async (request) => ({ ...(await storage.claimDue(request)), nextDueAt: null }),
        }),
    },
  },
  {
    name: 'a deadline that passed counts as success',
    breaks: 'delivered',
    plant: {
      parts: (parts) => ({
        ...parts,
        httpClient: {
          ...parts.httpClient,
          post: (request, onResult) =>
            parts.httpClient.post(request, (result) =>
              onResult(
                result.failure === 'timeout'
                  ? { ...result, failure: null, statusCode: 200 }
                  : result,
              ),
            ),
        },
      }),
    },
  },
  {
    name: 'Retry-After is not read',
    breaks: 'schedule',
    plant: {
      parts: (parts) => ({
        ...parts,
        httpClient: {
          ...parts.httpClient,
          post: (request, onResult) =>
            parts.httpClient.post(request, (result) => onResult({ ...result, retryAfter: null })),
        },
      }),
    },
  },
  {
    name: 'a hand-off of another process is not taken over first',
    breaks: 'claimed',
    plant: {
      parts: (parts) => ({
        ...parts,
        queue: {
          ...parts.queue,
          consume: (prefetch, receive) =>
            parts.queue.consume(prefetch, (handoffs) => {
              const until = parts.clock.scheduleNow() + parts.limits.claimMs;
              const claim = { owner: parts.storage.owner, until };
              receive(
                handoffs.map((handoff) => ({ ...handoff, claim })),
                'here',
              );
            }),
        },
      }),
    },
  },
  {
    name: 'the capacity of a hand-off that is not attempted is never given back',
    breaks: 'quiet',
    plant: {
      engine: (create) => (parts) => {
        const engine = create(parts);
        return { ...engine, intake: { ...engine.intake, cancel: () => undefined } };
      },
    },
  },
  {
    name: 'the cached endpoint is not forgotten when it is edited',
    breaks: 'disabled',
    plant: {
      endpointCache: (cache) => ({ ...cache, invalidate: () => undefined }),
    },
  },
  {
    name: 'ordered endpoints are handled like the others',
    breaks: 'order',
    plant: { endpointCache: (cache) => seen(cache, { ordered: false }) },
  },
  {
    name: 'rates are not kept',
    breaks: 'rate',
    plant: { endpointCache: (cache) => seen(cache, { rateLimit: null }) },
  },
  {
    name: 'the limit of an endpoint is passed by one',
    breaks: 'windows',
    plant: {
      parts: (parts) => ({ ...parts, endpointConcurrency: parts.endpointConcurrency + 1 }),
    },
  },
  {
    name: 'due times are of the wall clock',
    breaks: 'schedule',
    plant: { clock: (clock) => ({ ...clock, scheduleNow: () => clock.now() }) },
  },
  {
    name: 'a lane is bounded by a number of its own, not by what is free',
    breaks: 'isolation',
    plant: {},
    // As it was when lanes, queue and prefetch each had their bound: any two of the lanes of a small
    // world may hold all of it.
    patch: () =>
      patched(
        Admission.prototype,
        'limitOf',
        (limitOf) =>
          function limitOfItsOwn(this: Admission, lane, nowMs) {
            const mayStart = lane.state(nowMs) === 'flowing';
            return mayStart ? LANE_BOUND : limitOf.call(this, lane, nowMs);
          },
      ),
  },
  {
    name: 'a hand-off is pushed twice',
    breaks: 'single',
    plant: {
      parts: (parts) => ({
        ...parts,
        queue: {
          ...parts.queue,
          push: (handoffs) => parts.queue.push([...handoffs, ...handoffs]),
        },
      }),
    },
  },
  {
    name: 'pauses, rates and sleeps go by the wall clock',
    breaks: 'isolation',
    plant: { clock: (clock) => ({ ...clock, monotonicMs: () => clock.now() }) },
  },
  {
    name: 'a window does not shrink',
    breaks: 'failing',
    plant: {},
    patch: () => patched(Window.prototype, 'failed', () => () => undefined),
  },
  {
    name: 'a pushback pauses its delivery alone',
    breaks: 'pushback',
    plant: {},
    patch: () => patched(Lane.prototype, 'pausedUntilMs', () => () => 0),
  },
  {
    name: 'the next owner is not told of requests in flight',
    // After a resend no claim tells of them.
    breaks: 'windows',
    from: 160,
    plant: { storage: untold },
  },
  {
    name: 'what one process cancels is not told to the one that holds it',
    breaks: 'withdrawn',
    from: 140,
    plant: {},
    patch: () =>
      patched(
        SimProcess.prototype,
        'hear',
        (hear) =>
          function hearOthers(this: SimProcess, change, afterMs) {
            if (change.kind !== 'cancelled') hear.call(this, change, afterMs);
          },
      ),
  },
  {
    name: 'the answer of a claim is not compared with what was cancelled meanwhile',
    breaks: 'withdrawn',
    from: 690,
    plant: {},
    patch: () => patched(Withdrawn.prototype, 'has', () => () => false),
  },
  {
    name: 'a process that lost its lease begins as if nothing was known',
    breaks: 'pushback',
    plant: { storage: untold },
    patch: () => patched(Lanes.prototype, 'keep', () => () => undefined),
  },
  {
    name: 'an owner without a lane for an endpoint forgets what the one before told of it',
    breaks: 'pushback',
    from: 70,
    plant: {},
    patch: () => patched(Lanes.prototype, 'beginNoted', () => () => undefined),
  },
  {
    name: 'what is due is claimed before what was attempted is recorded, after the storage was away',
    breaks: 'known',
    plant: {},
    patch() {
      const isBehind = Object.getOwnPropertyDescriptor(Recorder.prototype, 'isBehind') ?? {};
      Object.defineProperty(Recorder.prototype, 'isBehind', { ...isBehind, get: () => false });
      return () => void Object.defineProperty(Recorder.prototype, 'isBehind', isBehind);
    },
  },
];

const LANE_BOUND = 1_024;

/** Replaces a method of all objects of a class; answers how to put it back. */
function patched<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  by: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = by(original);
  return () => {
    prototype[name] = original;
  };
}

/** A storage whose notes to the other processes are lost. */
function untold(storage: Storage): Storage {
  const fleet = replaced(storage.fleet, { tellNotes: () => Promise.resolve() });
  return replaced(storage, { fleet });
}

/** The same object but for some methods. */
function replaced<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_target, property) {
      const given = methods[property as keyof T];
      if (given !== undefined) return given;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A cache whose endpoints have other settings than they are given. */
function seen(cache: EndpointCache, settings: Partial<Endpoint>): EndpointCache {
  const changed = new WeakMap<Endpoint, Endpoint>();
  const change = (endpoint: Endpoint) => {
    const known = changed.get(endpoint) ?? { ...endpoint, ...settings };
    changed.set(endpoint, known);
    return known;
  };
  return {
    ...cache,
    endpoints: (id) => then(cache.endpoints(id), (endpoints) => endpoints.map(change)),
    endpoint: (applicationId, id) =>
      then(
        cache.endpoint(applicationId, id),
        (found) => found && { ...found, endpoint: change(found.endpoint) },
      ),
  };
}

/** What is known at once stays so. */
function then<T, U>(value: Promise<T> | T, map: (value: T) => U): Promise<U> | U {
  return value instanceof Promise ? value.then(map) : map(value);
}
