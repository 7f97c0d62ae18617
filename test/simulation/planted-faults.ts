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

/** A defect that is built into a process on purpose; the simulation must find it. */
export interface PlantedFault {
  readonly name: string;
  /** The name of the invariant that the fault breaks. */
  readonly breaks: string;
  readonly plant: Plant;
  /** For a fault that few histories show: the first seed to try. */
  readonly from?: number;
  /** Changes the code under test, and returns a function that undoes the change. */
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
    name: 'an attempt counts as recorded although its commit failed',
    breaks: 'recorded',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          record: (take) => storage.record(take).catch(() => ({ disabled: [] })),
        }),
    },
  },
  {
    name: 'releases of claims are not stored',
    breaks: 'quiet',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          record: (take) => storage.record(() => ({ ...take(), releases: [] })),
        }),
    },
  },
  {
    name: 'deliveries are claimed a second before they are due',
    breaks: 'patience',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          claimDue: (request) => storage.claimDue({ ...request, now: request.now + 1_000 }),
        }),
    },
  },
  {
    name: 'the next due time that the storage reports is ignored',
    breaks: 'isolation',
    plant: {
      storage: (storage) =>
        replaced(storage, {
          claimDue: async (request) => ({ ...(await storage.claimDue(request)), nextDueAt: null }),
        }),
    },
  },
  {
    name: 'a time-out counts as a success',
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
    name: 'a hand-off from another process is attempted without being taken over',
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
    name: 'the endpoint cache keeps edited endpoints',
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
    name: 'rate limits are ignored',
    breaks: 'rate',
    plant: { endpointCache: (cache) => seen(cache, { rateLimit: null }) },
  },
  {
    name: 'an endpoint gets one request more at a time than its limit',
    breaks: 'windows',
    plant: {
      parts: (parts) => ({ ...parts, endpointConcurrency: parts.endpointConcurrency + 1 }),
    },
  },
  {
    name: 'due times come from the wall clock',
    breaks: 'schedule',
    plant: { clock: (clock) => ({ ...clock, scheduleNow: () => clock.now() }) },
  },
  {
    name: 'the bound of a lane does not depend on the free capacity',
    breaks: 'isolation',
    plant: {},
    // As before there was admission: in a small world, two lanes may hold all capacity.
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
    name: 'pauses, rates and timers use the wall clock',
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
    name: 'a pushback pauses its delivery, not the lane',
    breaks: 'pushback',
    plant: {},
    patch: () => patched(Lane.prototype, 'pausedUntilMs', () => () => 0),
  },
  {
    name: 'the next owner is not told of requests in flight',
    // After a resend, a request in flight has no claim that the next owner could see.
    breaks: 'windows',
    from: 160,
    plant: { storage: untold },
  },
  {
    name: 'a process is not told that another one cancelled what it holds',
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
    name: 'claimed deliveries are not checked for cancellations during the claim',
    breaks: 'withdrawn',
    from: 690,
    plant: {},
    patch: () => patched(Withdrawn.prototype, 'has', () => () => false),
  },
  {
    name: 'a process that lost its lease forgets its lanes',
    breaks: 'pushback',
    plant: { storage: untold },
    patch: () => patched(Lanes.prototype, 'keep', () => () => undefined),
  },
  {
    name: 'an owner that has no lane for an endpoint forgets the notes about it',
    breaks: 'pushback',
    from: 70,
    plant: {},
    patch: () => patched(Lanes.prototype, 'beginNoted', () => () => undefined),
  },
  {
    name: 'after an outage of the storage, due deliveries are claimed before results are recorded',
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

/** Replaces a method of a class, and returns a function that restores it. */
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

/** The same object with some methods replaced. */
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

/** A cache that shows all endpoints with changed settings. */
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

/** Maps a value, without a promise where it came without one. */
function then<T, U>(value: Promise<T> | T, map: (value: T) => U): Promise<U> | U {
  return value instanceof Promise ? value.then(map) : map(value);
}
