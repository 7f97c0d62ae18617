import type { Clock } from '../domain/clock.ts';
import { mayAttempt } from '../domain/endpoint.ts';
import type { EndpointCache, EndpointInContext } from '../storage/storage.ts';
import type { Lane } from './lane.ts';
import { type Target, type TargetDefaults, createTarget } from './target.ts';

export interface TargetsOptions {
  readonly endpointCache: Pick<EndpointCache, 'endpoint'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly defaults: TargetDefaults;
  /** Called when the endpoint of a lane was read, or is to be asked for again after an error. */
  readonly onRead: (lane: Lane) => void;
  readonly onError: (error: unknown) => void;
}

/** Makes the target of a lane's endpoint: the lane keeps it until the endpoint or its application changes. */
export class Targets {
  readonly #options: TargetsOptions;

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  /** Null while the endpoint is being read (`lane.reading`), and when the endpoint may get nothing. */
  of(lane: Lane): Target | null {
    if (lane.reading) return null;
    const { endpointCache } = this.#options;
    const found = endpointCache.endpoint(lane.applicationId, lane.endpointId);
    if (!(found instanceof Promise)) return this.#from(found, lane);
    this.#read(found, lane);
    return null;
  }

  #from(found: EndpointInContext | null, lane: Lane): Target | null {
    if (found === null || !mayAttempt(found.endpoint)) {
      lane.health = null;
      return null;
    }
    const known = lane.target;
    if (known?.endpoint === found.endpoint && known.application === found.application) return known;
    return (lane.target = createTarget(found, this.#options.defaults));
  }

  #read(reading: Promise<unknown>, lane: Lane): void {
    const { clock, onRead, onError } = this.#options;
    lane.reading = true;
    const read = () => {
      lane.reading = false;
      onRead(lane);
    };
    reading.then(read, (error: unknown) => {
      onError(error);
      clock.after(AFTER_READ_ERROR_MS, read);
    });
  }
}

const AFTER_READ_ERROR_MS = 1_000;
