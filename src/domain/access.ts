import type { Scope } from './rights.ts';

/** A token that is kept: by its hash, so that whoever reads the database can't use it. */
export interface ApiKey {
  /** `key_…` */
  readonly id: string;
  readonly organizationId: string;
  /** The one application that it is limited to; null: all. */
  readonly applicationId: string | null;
  readonly name: string;
  /** SHA-256 of the token, in base64url: unique. */
  readonly hash: string;
  /** The end of the token, to tell keys apart by. */
  readonly hint: string;
  /** Null: it may do everything. */
  readonly scopes: readonly Scope[] | null;
  readonly createdAt: number;
  /** It is refused from this instant on; null: it does not expire. */
  readonly expiresAt: number | null;
  /** To the minute; null: never. */
  readonly lastUsedAt: number | null;
}

/**
 * Ends portal tokens of an application before their time: of all of it, of one session, or one alone.
 * Concerns those that were issued up to an instant, so that later ones are good.
 */
export interface Revocation {
  readonly organizationId: string;
  readonly applicationId: string;
  readonly of: 'application' | 'session' | 'token';
  /** The id of the session or of the token; empty for all of the application. */
  readonly name: string;
  /** Inclusive. */
  readonly issuedUntil: number;
  /** They are refused from this instant on. */
  readonly refusedFrom: number;
  /** When all of them have expired by themselves, so that it can be forgotten; null: never. */
  readonly forgetAt: number | null;
}
