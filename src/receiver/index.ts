/**
 * `posthaste/receiver`, for consumers of webhooks. A receiver (`createReceiver`) handles webhooks in Express,
 * Fastify, Hono or `node:http`. `verify` (or `createVerifier`, which parses the secrets once) checks whether a
 * request was signed with a known secret. An inbox accepts each message once and processes it after the answer.
 * All work with any sender that signs by the Standard Webhooks specification.
 */
export { generateSecret, publicKeyOf } from '../domain/signatures.ts';
export { createVerifier, verify } from '../domain/verification.ts';
export type {
  Secrets,
  Verification,
  VerificationFailure,
  Verifier,
  VerifierOptions,
  VerifyOptions,
  WebhookHeaders,
  WebhookPayload,
} from '../domain/verification.ts';
export { PosthasteError } from '../domain/errors.ts';
export { createReceiver } from './webhook-receiver.ts';
export type { WebhookReceiver } from './webhook-receiver.ts';
export type { ReceiverOptions, VerifiedWebhook } from './answer.ts';
export { createInbox } from './inbox.ts';
export type { Inbox } from './inbox.ts';
export type { DatabaseInboxOptions, FileInboxOptions } from './inbox-options.ts';
export type { FailedEntry, InboxEntry, IncomingWebhook } from './inbox-entry.ts';
