import { isJsonType } from '../domain/media-type.ts';
import { type Transformed, runs } from '../domain/transformation.ts';
import type { Clock } from '../domain/clock.ts';
import type { Storage } from '../storage/storage.ts';
import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  type UnfinishedRequest,
  withoutResponse,
} from '../delivery/http-client/http-client.ts';
import type { Sandbox } from './sandbox.ts';
import { transform } from './transform.ts';

/**
 * Finishes `unfinished` requests with the transformation of their endpoint, within their deadline; all other requests
 * pass unchanged. Values that a hand-off does not contain are read from the storage.
 */
export function createTransformingClient(options: {
  readonly httpClient: HttpClient;
  readonly sandbox: Sandbox;
  readonly storage: { readonly messages: Pick<Storage['messages'], 'get'> };
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): HttpClient {
  const { httpClient, sandbox, storage, clock, onError } = options;
  let abandoned = false;

  function post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void {
    const { unfinished } = request;
    if (!unfinished) return httpClient.post(request, onResult);
    const startedMs = clock.monotonicMs();
    let isLate = false;
    const cancelDeadline = clock.after(request.deadlineMs, () => {
      isLate = true;
      onResult(SHORTAGE);
    });
    transformed(unfinished, (result) => {
      if (isLate) return;
      cancelDeadline();
      if (abandoned || result.kind === 'busy') return onResult(SHORTAGE);
      if (result.kind === 'failed') return onResult(failure(result.detail));
      if (result.webhook.cancel) return onResult(CANCELLED);
      const deadlineMs = request.deadlineMs - (clock.monotonicMs() - startedMs);
      if (deadlineMs <= 0) return onResult(SHORTAGE);
      let finished;
      try {
        finished = unfinished.finish(result.webhook);
      } catch (error) {
        return onResult(withoutResponse('request', error));
      }
      const { head, body, sent } = finished;
      httpClient.post({ ...request, unfinished: null, head, body, deadlineMs }, (answer) =>
        onResult({ ...answer, sent }),
      );
    });
  }

  function transformed(
    { endpoint, handoff, startedAt }: UnfinishedRequest,
    onResult: (result: Transformed) => void,
  ): void {
    const { transformation } = endpoint;
    if (!runs(transformation)) throw new Error('the endpoint has no enabled transformation');
    const { applicationId, messageId, payload, contentType, headers } = handoff;
    storage.messages.get(applicationId, messageId).then(
      (message) => {
        // The message's payload was just deleted: the storage cancels the delivery at the next claim.
        if (message === null) return onResult({ kind: 'busy' });
        const { code, variables } = transformation;
        const { eventType, channels } = message;
        const isJson = contentType === null || (isJsonType(contentType) && parses(payload));
        const { id: endpointId, url } = endpoint;
        const about = { endpointId, messageId, url, code, variables, now: startedAt };
        transform(sandbox, { ...about, eventType, channels, headers, payload, isJson }, onResult);
      },
      (error: unknown) => {
        onError(error);
        onResult({ kind: 'busy' });
      },
    );
  }

  return {
    post,
    abandon() {
      abandoned = true;
      sandbox.stop();
      httpClient.abandon();
    },
    stop() {
      abandoned = true;
      sandbox.stop();
      httpClient.stop();
    },
  };
}

/** Whether the text is JSON: a raw text with a JSON media type need not be valid JSON. */
function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function failure(detail: string): ExchangeResult {
  return withoutResponse('transformation', detail);
}

/** The result when the sandbox is busy: neither the receiver nor the program is to blame. */
const SHORTAGE: ExchangeResult = {
  ...withoutResponse('request', 'the transformation could not be run in time'),
  localShortage: true,
};
const CANCELLED: ExchangeResult = {
  ...failure('the transformation cancelled the delivery'),
  cancelled: true,
};
