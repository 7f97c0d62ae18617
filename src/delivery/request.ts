import type { Handoff } from '../domain/delivery.ts';
import { signatureHeader } from '../domain/signatures.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { Target } from './target.ts';

/**
 * Builds the signed requests of attempts (Standard Webhooks 1.0, section "Webhook metadata").
 * With `svixHeaders` each of the three headers is sent under its `svix-` name too.
 */
export function createRequestBuilder(options: { readonly svixHeaders: boolean }) {
  // Hand-offs of one message follow each other and share their payload: encode it once.
  let lastPayload: string | null = null;
  let lastBody: Buffer = Buffer.alloc(0);

  return function buildRequest(target: Target, handoff: Handoff, now: number): ExchangeRequest {
    if (handoff.payload !== lastPayload) {
      lastBody = Buffer.from(handoff.payload);
      lastPayload = handoff.payload;
    }
    const seconds = Math.floor(now / 1000);
    const timestamp = String(seconds);
    const id = handoff.messageId;
    const signature = signatureHeader(target.endpoint.secrets, id, seconds, lastBody, now);
    const headers = [...target.headers];
    headers.push('webhook-id', id, 'webhook-timestamp', timestamp, 'webhook-signature', signature);
    if (options.svixHeaders) {
      headers.push('svix-id', id, 'svix-timestamp', timestamp, 'svix-signature', signature);
    }
    return { path: target.path, headers, body: lastBody };
  };
}
