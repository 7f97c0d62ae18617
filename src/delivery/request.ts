import type { Handoff } from '../domain/delivery.ts';
import { type SentRequest, headerLines } from '../domain/attempt-exchange.ts';
import { JSON_MEDIA_TYPE } from '../domain/media-type.ts';
import { signatureHeader } from '../domain/signatures.ts';
import type { HttpRequest } from './http-client/http-client.ts';
import type { Target } from './target.ts';
import type { FinishedRequest, UnfinishedRequest } from './http-client/unfinished-request.ts';

/** `now` is the wall clock: the receiver compares it with its own. */
export type RequestBuilder = (
  target: Target,
  handoff: Handoff,
  now: number,
) => Pick<HttpRequest, 'head' | 'body'> & {
  readonly unfinished: UnfinishedRequest | null;
  /** Null for an unfinished request: known once the request is finished. */
  readonly sent: SentRequest | null;
};

/**
 * Builds the signed requests of attempts (Standard Webhooks 1.0, section "Webhook metadata").
 * With `svixHeaders` each of the three headers is also sent under its `svix-` name. Throws for a
 * target whose URL or headers can't be sent. The request to an endpoint with a transformation is unfinished.
 */
export function createRequestBuilder(options: { readonly svixHeaders: boolean }): RequestBuilder {
  // Hand-offs of one message follow each other and share their payload: encode it once.
  let lastPayload: string | null = null;
  let lastBody: Buffer = Buffer.alloc(0);

  return function buildRequest(target, handoff, now) {
    const { contentType, headers, payload, messageId } = handoff;
    if (target.changedHead !== null) return unfinished(target, handoff, now);
    const prepared =
      contentType === null && headers === null
        ? target.head
        : target.headFor(contentType ?? JSON_MEDIA_TYPE, headers);
    if (typeof prepared !== 'string') throw prepared;
    if (payload !== lastPayload) {
      lastBody = Buffer.from(payload);
      lastPayload = payload;
    }
    return signed(target, prepared, messageId, lastBody, now);
  };

  function signed(
    target: Target,
    prepared: string,
    id: string,
    body: Buffer,
    now: number,
  ): FinishedRequest & { readonly unfinished: null } {
    const seconds = Math.floor(now / 1000);
    const { svixHeaders } = options;
    const signature = signatureHeader(target.endpoint.secrets, id, seconds, body, now);
    let head = `${prepared}Content-Length: ${body.length}\r\n`;
    head += `webhook-id: ${id}\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: ${signature}\r\n`;
    if (svixHeaders) {
      head += `svix-id: ${id}\r\nsvix-timestamp: ${seconds}\r\nsvix-signature: ${signature}\r\n`;
    }
    const ownSignature = target.signature === null ? '' : target.signature(id, seconds, body, now);
    const lines = linesOf(target, prepared);
    const sent = { lines, signature, svixHeaders, ownSignature, bytes: body.length };
    return { head: `${head}${ownSignature}\r\n`, body, sent, unfinished: null };
  }

  function unfinished(target: Target, handoff: Handoff, now: number): ReturnType<RequestBuilder> {
    const { endpoint, head, changedHead } = target;
    if (typeof head !== 'string') throw head;
    return {
      head,
      body: NO_BODY,
      sent: null,
      unfinished: {
        endpoint,
        handoff,
        startedAt: now,
        finish(changed) {
          const { contentType, headers } = handoff;
          const prepared = changedHead?.(changed, contentType ?? JSON_MEDIA_TYPE, headers) ?? head;
          if (typeof prepared !== 'string') throw prepared;
          const body = Buffer.from(changed.payload);
          return signed(target, prepared, handoff.messageId, body, now);
        },
      },
    };
  }
}

const NO_BODY = Buffer.alloc(0);

/** The last header lines of each target: they are the same for almost every attempt. */
const known = new WeakMap<Target, { readonly prepared: string; readonly lines: string }>();

function linesOf(target: Target, prepared: string): string {
  const last = known.get(target);
  if (last?.prepared === prepared) return last.lines;
  const withToken = target.credentials === null ? prepared : `${prepared}Authorization: Bearer\r\n`;
  const lines = headerLines(withToken);
  known.set(target, { prepared, lines });
  return lines;
}
