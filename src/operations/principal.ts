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

/** The caller of an operation. */
export interface Principal {
  readonly organizationId: string;
  /** For a token that is limited to one application: the application's id. All others are `not_found`. */
  readonly applicationId?: string;
  /**
   * For a token that is limited to one application: it sees event types with one of these feature flags, besides
   * those without a flag. Default: none; null: all.
   */
  readonly featureFlags?: readonly string[] | null;
  /**
   * The rights. Default: all rights within the organization; for a token that is limited to one application, the
   * rights of portals.
   */
  readonly rights?: Rights;
  /** The operation under way, such as `endpoints.patch`; set only for operations that change something. */
  readonly operation?: string;
  /** The organization whose audit gets the changes; default: the principal's own. */
  readonly auditedIn?: string;
  /** The token; absent when there is none, as in the library. */
  readonly token?: TokenIdentity;
}

/** Identifies a token without revealing it. */
export interface TokenIdentity {
  readonly kind: 'organization' | 'key' | 'portal';
  /** `key_…` for an API key; for a signed token its claim `jti`, or a hash of the token. */
  readonly id: string;
  readonly name: string | null;
  readonly sessionId: string | null;
  /** When a signed token was issued; 0 when it has no `iat`. */
  readonly issuedAt: number;
  /** When a signed token became valid: when it was issued, or last renewed. */
  readonly validFrom: number;
  /** Null: the token does not expire. */
  readonly expiresAt: number | null;
  /** The capabilities that a portal token lists; null: it lists none. */
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
    `The token lacks the right ${right}, which this operation needs`,
  );
}
