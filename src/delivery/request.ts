import type { Handoff } from '../domain/delivery.ts';
import { type SentRequest, headerLines } from '../domain/attempt-exchange.ts';
import { signatureHeader } from '../domain/signatures.ts';
import type { HttpRequest } from './http-client/http-client.ts';
import type { Target } from './target.ts';

/** `now` is the wall clock: the receiver compares it with its own. */
export type RequestBuilder = (
  target: Target,
  handoff: Handoff,
  now: number,
) => Pick<HttpRequest, 'head' | 'body'> & { readonly sent: SentRequest };

/**
 * Builds the signed requests of attempts (Standard Webhooks 1.0, section "Webhook metadata").
 * With `svixHeaders` each of the three headers is also sent under its `svix-` name. Throws for a
 * target whose URL or headers can't be sent.
 */
export function createRequestBuilder(options: { readonly svixHeaders: boolean }): RequestBuilder {
  // Hand-offs of one message follow each other and share their payload: encode it once.
  let lastPayload: string | null = null;
  let lastBody: Buffer = Buffer.alloc(0);

  return function buildRequest(target, handoff, now) {
    const { contentType } = handoff;
    const prepared = contentType === null ? target.head : target.headFor(contentType);
    if (typeof prepared !== 'string') throw prepared;
    if (handoff.payload !== lastPayload) {
      lastBody = Buffer.from(handoff.payload);
      lastPayload = handoff.payload;
    }
    const seconds = Math.floor(now / 1000);
    const id = handoff.messageId;
    const signature = signatureHeader(target.endpoint.secrets, id, seconds, lastBody, now);
    let head = `${prepared}Content-Length: ${lastBody.length}\r\n`;
    head += `webhook-id: ${id}\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: ${signature}\r\n`;
    if (options.svixHeaders) {
      head += `svix-id: ${id}\r\nsvix-timestamp: ${seconds}\r\nsvix-signature: ${signature}\r\n`;
    }
    const ownSignature =
      target.signature === null ? '' : target.signature(id, seconds, lastBody, now);
    head += ownSignature;
    const sent = {
      lines: linesOf(target, prepared),
      signature,
      svixHeaders: options.svixHeaders,
      ownSignature,
      bytes: lastBody.length,
    };
    return { head: `${head}\r\n`, body: lastBody, sent };
  };
}

/** Of each target those that were made last: they are the same for almost every attempt. */
const known = new WeakMap<Target, { readonly prepared: string; readonly lines: string }>();

function linesOf(target: Target, prepared: string): string {
  const last = known.get(target);
  if (last?.prepared === prepared) return last.lines;
  const withToken = target.credentials === null ? prepared : `${prepared}Authorization: Bearer\r\n`;
  const lines = headerLines(withToken);
  known.set(target, { prepared, lines });
  return lines;
}
