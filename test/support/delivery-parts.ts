import { type DispatcherOptions, Dispatcher } from '../../src/delivery/dispatcher.ts';
import { Admission } from '../../src/delivery/admission.ts';
import { AttemptsInFlight } from '../../src/delivery/attempts-in-flight.ts';
import type {
  ExchangeResult,
  HttpClient,
  HttpRequest,
} from '../../src/delivery/http-client/http-client.ts';
import { Lane } from '../../src/delivery/lane.ts';
import { Lanes } from '../../src/delivery/lanes.ts';
import { DEFAULT_LIMITS, type DeliveryLimits } from '../../src/delivery/limits.ts';
import type { Outcome, Recorder } from '../../src/delivery/recorder.ts';
import { Releaser } from '../../src/delivery/releaser.ts';
import { createRequestBuilder } from '../../src/delivery/request.ts';
import { Slots } from '../../src/delivery/slots.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { createIds } from '../../src/domain/ids.ts';
import { contentChars } from '../../src/domain/message.ts';
import { DEFAULT_POLICY, type DeliveryPolicy } from '../../src/domain/policy.ts';
import { generateSecret } from '../../src/domain/signatures.ts';
import { makeHandoff } from './handoffs.ts';
import { ManualClock } from './manual-clock.ts';
import { makeApplication, makeEndpoint as makeStoredEndpoint } from './storage-world.ts';

/** A request in flight, which the test answers. */
export interface Posted {
  readonly endpointId: string;
  readonly request: HttpRequest;
  readonly atMs: number;
  answer(statusCode: number, retryAfter?: string): void;
  fail(failure: ExchangeResult['failure']): void;
  respond(result: Partial<ExchangeResult>): void;
}

const SECRET = { key: generateSecret(), expiresAt: null };

export function makeEndpoint(id: string, more: Partial<Endpoint> = {}): Endpoint {
  return makeStoredEndpoint({
    id,
    url: `http://${id.replaceAll('_', '-')}.test/`,
    secrets: [SECRET],
    createdAt: 0,
    updatedAt: 0,
    ...more,
  });
}

export const APPLICATION = makeApplication({ createdAt: 0, updatedAt: 0 });

export interface DispatcherWorldOptions {
  readonly concurrency?: number;
  readonly endpointConcurrency?: number;
  readonly policy?: Partial<DeliveryPolicy>;
  readonly limits?: Partial<DeliveryLimits>;
  readonly endpoints?: Readonly<Record<string, Partial<Endpoint>>>;
}

/**
 * A dispatcher on a manual clock. Requests wait until the test answers them. Outcomes are committed at once, or
 * never when `commits` is false.
 */
export class DispatcherWorld {
  readonly clock = new ManualClock();
  readonly limits: DeliveryLimits;
  readonly endpoints = new Map<string, Endpoint>();
  readonly outcomes: Outcome[] = [];
  readonly admission: Admission;
  readonly lanes: Lanes;
  readonly releaser: Releaser;
  readonly attempting: AttemptsInFlight;
  readonly dispatcher: Dispatcher;
  readonly errors: unknown[] = [];
  /** Endpoints that another process owns. */
  readonly foreign = new Set<string>();
  /** The number of this process among the owners of claims. */
  owner = 1;
  commits = true;
  /** In the order in which they were posted. */
  inFlight: Posted[] = [];
  /** Every request that was made, by endpoint. */
  readonly posted: { endpointId: string; atMs: number }[] = [];
  #messages = 0;

  constructor(options: DispatcherWorldOptions = {}) {
    const { clock } = this;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.limits = limits;
    for (const [id, more] of Object.entries(options.endpoints ?? {})) {
      this.endpoints.set(id, makeEndpoint(id, more));
    }
    this.admission = new Admission({ limits, onCapacity: () => {} });
    this.lanes = new Lanes({
      clock,
      random: () => 0.5,
      firstWindow: limits.firstWindow,
      onForget: () => {},
      onNoted: (lane, notes, atMs) => this.dispatcher.applyNotes(lane, notes, atMs),
    });
    const { lanes } = this;
    const recorder = { add: (outcome: Outcome) => this.#conclude(outcome) } as Recorder;
    const fleet = { owns: (endpointId: string) => !this.foreign.has(endpointId) };
    const owner = () => this.owner;
    const slots = new Slots(options.concurrency ?? 16);
    this.releaser = new Releaser({ lanes, recorder, fleet, owner, clock });
    this.attempting = new AttemptsInFlight({ clock, slots, owner });
    this.dispatcher = new Dispatcher({
      clock,
      limits,
      lanes,
      admission: this.admission,
      slots,
      inFlight: this.attempting,
      releaser: this.releaser,
      recorder,
      httpClient: this.#httpClient(),
      endpointCache: this.#endpointCache(),
      fleet,
      random: () => 0.5,
      ids: createIds(clock),
      buildRequest: createRequestBuilder({ svixHeaders: false }),
      targetDefaults: {
        policy: { ...DEFAULT_POLICY, ...options.policy },
        endpointConcurrency: options.endpointConcurrency ?? 32,
        userAgent: 'test',
      },
      onError: (error) => this.errors.push(error),
    });
  }

  /** Hands over as many of `count` new deliveries as admission allows, and returns their number. */
  offer(endpointId: string, count = 1): number {
    const nowMs = this.clock.monotonicMs();
    const lane = this.lanes.of(endpointId, 'app_1');
    let admitted = 0;
    while (admitted < count && this.admission.admit(lane, 2, nowMs)) admitted++;
    this.dispatcher.enqueue(Array.from({ length: admitted }, () => this.handoff(endpointId)));
    return admitted;
  }

  handoff(endpointId: string, more: Partial<Handoff> = {}): Handoff {
    return {
      ...makeHandoff(`msg_${++this.#messages}`, '{}'),
      endpointId,
      claim: { owner: 1, until: this.clock.scheduleNow() + this.limits.claimMs },
      ...more,
    };
  }

  /** Answers `count` requests to the endpoint, one after the other; an answer may cause the next request. */
  answer(endpointId: string, count = 1, statusCode = 200): void {
    for (let left = count; left > 0; left--) this.first(endpointId).answer(statusCode);
  }

  first(endpointId: string): Posted {
    const posted = this.inFlight.find((request) => request.endpointId === endpointId);
    if (posted === undefined) throw new Error(`nothing is in flight to ${endpointId}`);
    return posted;
  }

  inFlightTo(endpointId: string): number {
    return this.inFlight.filter((request) => request.endpointId === endpointId).length;
  }

  postedTo(endpointId: string): number {
    return this.posted.filter((request) => request.endpointId === endpointId).length;
  }

  /** Moves the clock on. Requests that reach their deadline time out, as with the real client. */
  pass(ms: number): void {
    const endMs = this.clock.monotonicMs() + ms;
    this.clock.advance(0);
    for (;;) {
      const nowMs = this.clock.monotonicMs();
      for (const posted of this.inFlight.filter(
        ({ request, atMs }) => atMs + request.deadlineMs <= nowMs,
      )) {
        posted.fail('timeout');
      }
      if (nowMs >= endMs) return;
      this.clock.advance(Math.min(STEP_MS, endMs - nowMs));
    }
  }

  get releases(): Outcome[] {
    return this.outcomes.filter(({ release }) => release !== null);
  }

  get attempts(): Outcome[] {
    return this.outcomes.filter(({ record }) => record !== null);
  }

  #conclude(outcome: Outcome): void {
    this.outcomes.push(outcome);
    if (!this.commits) return;
    const recorded = outcome.record === null ? 0 : 1;
    // The answer of the real storage comes later too.
    this.clock.after(0, () => {
      this.admission.release(outcome.lane, contentChars(outcome.handoff), this.clock.monotonicMs());
      this.dispatcher.recorded(recorded);
    });
  }

  #httpClient(): HttpClient {
    return {
      post: (request, onResult) => {
        const atMs = this.clock.monotonicMs();
        const endpointId = /\/\/(.*)\.test/.exec(request.origin)?.[1]?.replaceAll('-', '_') ?? '';
        const respond = (result: Partial<ExchangeResult>) => {
          this.inFlight = this.inFlight.filter((other) => other !== posted);
          onResult({ ...NOTHING, ...result });
        };
        const posted: Posted = {
          endpointId,
          request,
          atMs,
          respond,
          answer: (statusCode, retryAfter) =>
            respond({ statusCode, retryAfter: retryAfter ?? null }),
          fail: (failure) => respond({ failure, detail: 'failed' }),
        };
        this.inFlight.push(posted);
        this.posted.push({ endpointId, atMs });
      },
      abandon: () => {
        for (const posted of this.inFlight) {
          posted.respond({ failure: 'connection', localShortage: true });
        }
      },
      stop: () => {},
    };
  }

  #endpointCache(): DispatcherOptions['endpointCache'] {
    return {
      application: () => APPLICATION,
      endpoints: () => [...this.endpoints.values()],
      endpoint: (_applicationId, endpointId) => {
        const known = this.endpoints.get(endpointId) ?? makeEndpoint(endpointId);
        this.endpoints.set(endpointId, known);
        return { endpoint: known, application: APPLICATION };
      },
      invalidate: () => {},
    };
  }
}

export function makeLane(endpointId = 'ep_1', firstWindow = 4): Lane {
  return new Lane(endpointId, 'app_1', firstWindow, () => 0.5);
}

const STEP_MS = 50;

/** A result with neither a response nor a failure, to which a test adds its own members. */
export const NOTHING: ExchangeResult = {
  statusCode: null,
  failure: null,
  detail: '',
  response: '',
  retryAfter: null,
  location: null,
  deliveryControl: null,
  localShortage: false,
};
