/**
 * `posthaste/receiver`: what a consumer of webhooks needs. `verify` (or `createVerifier`, which
 * parses the secrets once) says whether a request was signed with a known secret; an inbox takes
 * each message once and processes it after the answer. Both work with any sender that signs by
 * the Standard Webhooks specification.
 */
export { generateSecret, publicKeyOf } from '../domain/signatures.ts';
export { createVerifier, verify } from '../domain/verification.ts';
export type {
  Verification,
  VerificationFailure,
  Verifier,
  VerifierOptions,
  VerifyOptions,
  WebhookHeaders,
  WebhookPayload,
} from '../domain/verification.ts';
export { PosthasteError } from '../domain/errors.ts';
export { createInbox } from './inbox.ts';
export type { DatabaseInboxOptions, FileInboxOptions, Inbox } from './inbox.ts';
export type { FailedEntry, InboxEntry, IncomingWebhook } from './inbox-entry.ts';
