import type { Authentication, EndpointTls } from './authentication.ts';
import type { PayloadFilter } from './payload-filter.ts';
import type { PolicyOverrides } from './policy.ts';
import type { SignatureTemplate } from './signature-template.ts';
import type { Transformation } from './transformation.ts';

/** A URL to which an application wants messages, with its filters, limits and policies. */
export interface Endpoint {
  /** `ep_…` */
  readonly id: string;
  readonly organizationId: string;
  readonly applicationId: string;
  /** An id of the caller's choice, unique within the application. */
  readonly uid: string | null;
  /** In normal form. A user name and password in it are sent, but never shown. */
  readonly url: string;
  readonly description: string;
  /** A number of the caller's choice, 1 by default; has no effect. */
  readonly version: number;
  /** Only messages of these types, or of these patterns (`event-type-pattern.ts`); null: all. */
  readonly eventTypes: readonly string[] | null;
  /** Only messages on one of these channels; null: all, with or without channels. */
  readonly channels: readonly string[] | null;
  /** Only messages whose payload matches it; null: all, also those that are not JSON. */
  readonly filter: PayloadFilter | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Headers of each attempt; names keep the caller's case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authentication: Authentication | null;
  readonly tls: EndpointTls | null;
  /** A further signature beside that of Standard Webhooks. */
  readonly signature: SignatureTemplate | null;
  /** Null: a transformation was never set. */
  readonly transformation: Transformation | null;
  /** Never empty. The first secret is the current one and does not expire; the others sign until `expiresAt`. */
  readonly secrets: readonly EndpointSecret[];
  /** Attempts per second; null: no limit. */
  readonly rateLimit: number | null;
  /** Attempts in flight per process; null: the installation's default. */
  readonly concurrency: number | null;
  /** One delivery at a time, in the order of publication; no delivery overtakes a waiting one. */
  readonly ordered: boolean;
  readonly policy: PolicyOverrides;
  /** A disabled endpoint gets no new deliveries; its pending deliveries stay pending. */
  readonly disabled: EndpointDisabled | null;
  /**
   * When a person paused the endpoint; null: not paused. A paused endpoint gets new deliveries, but there are no
   * attempts until it is resumed.
   */
  readonly pausedAt: number | null;
  readonly health: EndpointHealth;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface EndpointSecret {
  /** `whsec_` + base64 (HMAC, v1) or `whsk_` + base64 (ed25519 private key, v1a). */
  readonly key: string;
  readonly expiresAt: number | null;
}

export interface EndpointDisabled {
  readonly at: number;
  /** `manual` by a person; the others by the disable policy or a 410. */
  readonly reason: 'manual' | 'failing' | 'gone';
}

/** The state of the disable policy; reset when the endpoint is enabled. */
export interface EndpointHealth {
  /**
   * The first of the failures that the disable window counts, without a success since then; null
   * while the last attempt to this URL succeeded.
   */
  readonly failingSince: number | null;
  /** The last of these failures; null with `failingSince`. */
  readonly lastFailedAt: number | null;
  /** Failed attempts, consecutive or not. */
  readonly failedCount: number;
}

/** Whether deliveries of the endpoint may be attempted. Deliveries of other endpoints never become due. */
export function mayAttempt({
  disabled,
  pausedAt,
}: Pick<Endpoint, 'disabled' | 'pausedAt'>): boolean {
  return disabled === null && pausedAt === null;
}
