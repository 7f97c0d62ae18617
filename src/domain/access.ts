import type { Scope } from './rights.ts';

/** A stored token. Only its hash is stored, so that a reader of the database can't use it. */
export interface ApiKey {
  /** `key_…` */
  readonly id: string;
  readonly organizationId: string;
  /** The one application that the key is limited to; null: all. */
  readonly applicationId: string | null;
  readonly name: string;
  /** SHA-256 of the token, in base64url: unique. */
  readonly hash: string;
  /** The last characters of the token, by which people recognize the key. */
  readonly hint: string;
  /** Null: the key may do everything. */
  readonly scopes: readonly Scope[] | null;
  readonly createdAt: number;
  /** The key is refused from this instant on; null: it does not expire. */
  readonly expiresAt: number | null;
  /** Exact to the minute; null: never used. */
  readonly lastUsedAt: number | null;
}

/**
 * Revokes portal tokens of an application before they expire: all tokens, those of one session, or a single one.
 * Applies to tokens that were issued up to an instant; later tokens stay valid.
 */
export interface Revocation {
  readonly organizationId: string;
  readonly applicationId: string;
  readonly of: 'application' | 'session' | 'token';
  /** The id of the session or of the token; empty for all of the application. */
  readonly name: string;
  /** Inclusive. */
  readonly issuedUntil: number;
  /** The tokens are refused from this instant on. */
  readonly refusedFrom: number;
  /** When all of these tokens have expired by themselves, so that the revocation can be deleted; null: never. */
  readonly forgetAt: number | null;
}
