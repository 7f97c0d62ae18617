import type {
  ExchangeResult,
  HttpClient,
  HttpRequest,
} from '../../src/delivery/http-client/http-client.ts';
import type { Dice } from './dice.ts';
import type { Gate } from './gate.ts';
import type { SimClock } from './sim-clock.ts';

/** The behaviour of a receiver from an instant on. */
export interface Phase {
  readonly fromMs: number;
  readonly behaviour: Behaviour;
}

export type Behaviour =
  | {
      readonly kind: 'answers';
      readonly status: number;
      readonly takesMs: readonly [low: number, high: number];
      readonly retryAfter?: string;
      /** The share of answers with this status; the others have 200. */
      readonly part?: number;
      /** The body of answers with this status. */
      readonly response?: string;
    }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'resets'; readonly takesMs: readonly [low: number, high: number] };

/** Called with each request that a receiver gets; returns a function that is called with its result. */
export type SeeRequest = (request: {
  readonly receiver: string;
  readonly messageId: string;
}) => (result: ExchangeResult) => void;

export interface SimReceiversOptions {
  readonly clock: SimClock;
  readonly dice: Dice;
  /** Whether the sender's machine is short of sockets now. */
  readonly isShort: () => boolean;
}

/** All receivers of a simulated world: the first part of a URL's path names one. */
export class SimReceivers {
  readonly #options: SimReceiversOptions;
  readonly #phases = new Map<string, readonly Phase[]>();
  #recovered = false;

  constructor(options: SimReceiversOptions) {
    this.#options = options;
  }

  add(name: string, phases: readonly Phase[]): void {
    this.#phases.set(name, phases);
  }

  urlOf(name: string): string {
    return `http://receiver.test/${name}`;
  }

  /** Makes all receivers answer 200 at once from now on. */
  recover(): void {
    this.#recovered = true;
  }

  behaviourOf(name: string): Behaviour {
    if (this.#recovered) return WELL;
    const { nowMs } = this.#options.clock;
    const phase = (this.#phases.get(name) ?? []).findLast(({ fromMs }) => fromMs <= nowMs);
    return phase?.behaviour ?? WELL;
  }

  /** The HTTP client of one process; its results pass the gate of the process. */
  clientOf(gate: Gate, see: SeeRequest): HttpClient {
    const { clock } = this.#options;
    const inFlight = new Set<(result: ExchangeResult) => void>();
    return {
      post: (request, onResult) => {
        if (gate.isEnded) return;
        const { ends, takesMs, result } = this.#exchange(request, see);
        const end = (given: ExchangeResult) => {
          if (!inFlight.delete(end)) return;
          gate.pass(() => {
            ends(given);
            onResult(given);
          });
        };
        inFlight.add(end);
        clock.after(takesMs, () => end(result));
      },
      abandon() {
        for (const end of inFlight) clock.after(0, () => end(SHORTAGE));
      },
      stop() {
        this.abandon();
      },
    };
  }

  #exchange({ head, deadlineMs }: HttpRequest, see: SeeRequest) {
    const { dice, isShort } = this.#options;
    if (isShort()) return { ends: nothing, takesMs: 0, result: SHORTAGE };
    const receiver = /^POST \/(\w+)/.exec(head)?.[1] ?? '';
    const messageId = /^webhook-id: (\S+)/m.exec(head)?.[1] ?? '';
    const ends = see({ receiver, messageId });
    const behaviour = this.behaviourOf(receiver);
    const takesMs =
      behaviour.kind === 'hangs'
        ? Infinity
        : dice.between(behaviour.takesMs[0], behaviour.takesMs[1]);
    if (takesMs >= deadlineMs) return { ends, takesMs: deadlineMs, result: TIMEOUT };
    return { ends, takesMs, result: resultOf(behaviour, dice) };
  }
}

function resultOf(behaviour: Behaviour, dice: Dice): ExchangeResult {
  if (behaviour.kind !== 'answers') return RESET;
  const { status, retryAfter = null, part = 1, response = '' } = behaviour;
  if (part < 1 && !dice.chance(part)) return answer(200, null, '');
  return answer(status, retryAfter, response);
}

function answer(statusCode: number, retryAfter: string | null, response: string): ExchangeResult {
  return {
    statusCode,
    failure: null,
    detail: '',
    response,
    retryAfter,
    location: null,
    deliveryControl: null,
    localShortage: false,
  };
}

const WELL: Behaviour = { kind: 'answers', status: 200, takesMs: [1, 5] };
const FAILED = {
  statusCode: null,
  response: '',
  retryAfter: null,
  location: null,
  deliveryControl: null,
  localShortage: false,
};
const TIMEOUT: ExchangeResult = { ...FAILED, failure: 'timeout', detail: 'it hangs' };
const RESET: ExchangeResult = { ...FAILED, failure: 'connection', detail: 'it was reset' };
const SHORTAGE: ExchangeResult = {
  ...FAILED,
  failure: 'connection',
  detail: 'this machine is short of sockets',
  localShortage: true,
};

function nothing(): void {}
