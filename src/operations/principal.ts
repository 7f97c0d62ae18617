import { PosthasteError } from '../domain/errors.ts';
import { isOperator } from '../domain/organization.ts';
import {
  type Capability,
  OPERATOR_RIGHTS,
  ORGANIZATION_RIGHTS,
  PORTAL_RIGHTS,
  type Right,
  type Rights,
} from '../domain/rights.ts';

/** Who calls. */
export interface Principal {
  readonly organizationId: string;
  /** Set for a token that is limited to one application: its id. No other one exists for it. */
  readonly applicationId?: string;
  /**
   * Of a token that is limited to one application: which event types with a feature flag exist for it.
   * Default: none of them; null: all.
   */
  readonly featureFlags?: readonly string[] | null;
  /** What it may do. Default: everything that one of its organization may; of a token that is limited to one application: what portals may. */
  readonly rights?: Rights;
  /** Which operation it calls, such as `endpoints.patch`; set while one that changes something runs. */
  readonly operation?: string;
  /** In the audit of which organization its changes are; default: its own. */
  readonly auditedIn?: string;
  /** Of the token; absent when there is none, as in the library. */
  readonly token?: TokenIdentity;
}

/** Names a token, and tells nothing of its secret. */
export interface TokenIdentity {
  readonly kind: 'organization' | 'key' | 'portal';
  /** Of a key `key_…`; of a signed token its claim `jti`, or a hash of it. */
  readonly id: string;
  readonly name: string | null;
  readonly sessionId: string | null;
  /** When a signed token was issued; 0 when it does not say so. */
  readonly issuedAt: number;
  /** From when on a signed token is good: when it was issued, or last renewed. */
  readonly validFrom: number;
  /** Null: it does not expire. */
  readonly expiresAt: number | null;
  /** Of a portal token, as it names them; null: it names none. */
  readonly capabilities: readonly Capability[] | null;
}

export function rightsOf({ rights, organizationId, applicationId }: Principal): Rights {
  if (rights !== undefined) return rights;
  if (applicationId !== undefined) return PORTAL_RIGHTS;
  return isOperator(organizationId) ? OPERATOR_RIGHTS : ORGANIZATION_RIGHTS;
}

export function lacking(right: Right): PosthasteError {
  return new PosthasteError(
    'insufficient_permissions',
    `The token may not do this: it does not have the right ${right}`,
  );
}
