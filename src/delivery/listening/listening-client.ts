import type { EventEmitter } from 'node:events';
import type { Clock } from '../../domain/clock.ts';
import type { Ids } from '../../domain/ids.ts';
import { LISTENER_ORIGIN, type ListenerAnswer } from '../../domain/listener.ts';
import type { Storage } from '../../storage/storage.ts';
import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  withoutResponse,
} from '../http-client/http-client.ts';

export interface ListeningOptions {
  readonly httpClient: HttpClient;
  readonly listeners: Pick<Storage['listeners'], 'ask' | 'answers' | 'forget'>;
  readonly ids: Ids;
  readonly clock: Clock;
  /**
   * Events within this process: `asked ID` (a request for the listener) and `answered`. Answers that came
   * to other processes are found by polling the storage.
   */
  readonly notes: EventEmitter;
}

/**
 * Stores requests to the origin of listeners: programs that no request can reach fetch them and send back
 * the responses. All other requests pass unchanged.
 */
export function createListeningClient(options: ListeningOptions): HttpClient {
  const { httpClient, listeners, ids, clock, notes } = options;
  const waiting = new Map<string, Waiting>();
  let isLooking = false;
  let cancelLook = () => {};
  notes.on('answered', look);

  function post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void {
    if (request.origin !== LISTENER_ORIGIN) return httpClient.post(request, onResult);
    const id = ids.next('lreq');
    const cancelDeadline = clock.after(request.deadlineMs, () =>
      finish(id, withoutResponse('timeout', 'the listening program did not answer in time')),
    );
    waiting.set(id, { onResult, cancelDeadline });
    void ask(id, request);
  }

  async function ask(id: string, { head, body, deadlineMs }: HttpRequest): Promise<void> {
    // A transformation may have changed the method, and the path after the id.
    const listenerId = /^[A-Z]+ \/([\w-]+)/.exec(head)?.[1] ?? '';
    const now = clock.scheduleNow();
    const expiresAt = now + deadlineMs;
    const request = { id, listenerId, head, body: body.toString('utf8'), expiresAt };
    try {
      if (await listeners.ask(request, now)) {
        notes.emit(`asked ${listenerId}`);
        lookLater();
      } else {
        finish(id, withoutResponse('connection', 'the listening program has disconnected'));
      }
    } catch (error) {
      finish(id, { ...withoutResponse(null, error), localShortage: true });
    }
  }

  function lookLater(): void {
    cancelLook();
    if (waiting.size > 0) cancelLook = clock.after(LOOK_EVERY_MS, look);
  }

  function look(): void {
    if (isLooking || waiting.size === 0) return;
    isLooking = true;
    void takeAnswers().finally(() => {
      isLooking = false;
      lookLater();
    });
  }

  async function takeAnswers(): Promise<void> {
    try {
      const answers = await listeners.answers([...waiting.keys()]);
      for (const [id, answer] of answers) finish(id, resultOf(answer));
    } catch {
      // The storage is unavailable: the next poll finds the answers, unless their deadlines pass first.
    }
  }

  function finish(id: string, result: ExchangeResult): void {
    const exchange = waiting.get(id);
    if (exchange === undefined) return;
    waiting.delete(id);
    exchange.cancelDeadline();
    // A request that can't be removed now is removed after it has expired.
    listeners.forget([id]).catch(() => undefined);
    exchange.onResult(result);
  }

  function abandon(): void {
    const result = { ...withoutResponse(null, 'the process stops'), localShortage: true };
    for (const id of waiting.keys()) finish(id, result);
  }

  return {
    post,
    abandon() {
      abandon();
      httpClient.abandon();
    },
    stop() {
      abandon();
      cancelLook();
      notes.off('answered', look);
      httpClient.stop();
    },
  };
}

interface Waiting {
  readonly onResult: (result: ExchangeResult) => void;
  readonly cancelDeadline: () => void;
}

/** The interval of polling for answers that came to other processes. */
const LOOK_EVERY_MS = 200;

function resultOf({ status, headers, body, detail }: ListenerAnswer): ExchangeResult {
  if (status === null) return withoutResponse('connection', detail);
  return {
    ...withoutResponse(null, detail),
    statusCode: status,
    response: body,
    retryAfter: headers['retry-after'] ?? null,
    location: headers['location'] ?? null,
    deliveryControl: headers['webhook-delivery'] ?? null,
  };
}
