import { type JWTPayload, SignJWT, errors, jwtVerify } from 'jose';
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createTokenCache } from './token-cache.ts';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import {
  CAPABILITIES,
  type Capability,
  isCapability,
  rightsOfCapabilities,
} from '../domain/rights.ts';
import type { Principal, TokenIdentity } from './principal.ts';

/** Longest validity of a portal token with a session, so that its revocation can be forgotten afterwards. */
export const MOST_SESSION_S = 7 * 24 * 60 * 60;
/** The clock of a token's issuer may differ from this one by this much. */
export const LEEWAY_S = 10;

/**
 * Signed bearer tokens: JWTs signed with HS256, which are not stored. `sub` is the organization. In a portal
 * token, which is limited to one application, `org` is the organization and `sub` the application's id;
 * `capabilities` lists what it may do (default: everything), `featureFlags` which event types with a feature flag
 * it sees, and `sessionId` names a session whose tokens can be ended together.
 */
export interface Tokens {
  issue(grant: TokenGrant): Promise<string>;
  /**
   * The principal of the token. Throws `authentication_failed`, with the reason, when the token is malformed, not
   * signed with this secret, expired or not valid yet; clocks may differ by 10 seconds. Does not check
   * revocations (see `Authenticator`). Verified tokens are cached and return synchronously.
   */
  verify(token: string): Principal | Promise<Principal>;
}

export interface TokenGrant {
  /** The claim `jti`; default: a random one. */
  readonly id?: string;
  readonly organizationId: string;
  /** Limits the token to one application; the following members are only for such a token. */
  readonly applicationId?: string;
  readonly capabilities?: readonly Capability[];
  readonly featureFlags?: readonly string[];
  readonly sessionId?: string;
  /** Counted from now; absent: the token does not expire. */
  readonly expiresInSeconds?: number;
  /** For a renewed token: when the first token was issued. Default: now. */
  readonly issuedAt?: number;
}

export function createTokens({ secret, clock }: { secret: string; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(secret);
  const known = createTokenCache<{ principal: Principal; expiresAt: number }>();

  async function verifyNew(token: string): Promise<Principal> {
    try {
      const currentDate = new Date(clock.now());
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        currentDate,
        clockTolerance: LEEWAY_S,
      });
      const principal = principalOf(payload, token);
      known.set(token, { principal, expiresAt: ((payload.exp ?? Infinity) + LEEWAY_S) * 1000 });
      return principal;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw refused(isSecret(token) ? SECRET_IS_NO_TOKEN : reasonOf(error));
    }
  }

  function isSecret(token: string): boolean {
    const given = new TextEncoder().encode(token);
    return given.length === key.length && timingSafeEqual(given, key);
  }

  return {
    issue({ id = randomUUID(), organizationId, applicationId, expiresInSeconds, ...rest }) {
      const { issuedAt = clock.now(), ...ofPortal } = rest;
      const now = Math.floor(clock.now() / 1000);
      const claims = new SignJWT({
        ...(applicationId !== undefined && { org: organizationId, ...ofPortal }),
      })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(applicationId ?? organizationId)
        .setIssuer('posthaste')
        .setJti(id)
        // In milliseconds, because tokens are revoked by the time of their issue.
        .setIssuedAt(applicationId === undefined ? now : issuedAt / 1000)
        .setNotBefore(now);
      if (expiresInSeconds !== undefined) claims.setExpirationTime(now + expiresInSeconds);
      return claims.sign(key);
    },

    verify(token) {
      const found = known.get(token);
      if (found === undefined) return verifyNew(token);
      if (clock.now() < found.expiresAt) return found.principal;
      known.delete(token);
      throw refused(EXPIRED);
    },
  };
}

const EXPIRED = 'The token has expired';
const SECRET_IS_NO_TOKEN =
  'This is the secret that signs tokens, not a token; "posthaste token" makes one from it';

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' && error.reason === 'check_failed'
      ? 'The token is not valid yet: its "nbf" is in the future'
      : `The token's claim "${error.claim}" is malformed`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "The token is not signed with this server's secret";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token must be signed with HS256';
  return 'The token is malformed: it must be a JWT';
}

function principalOf(claims: JWTPayload, token: string): Principal {
  const { org } = claims;
  // Only signed: the issuer may have made it of any JSON.
  const sub: unknown = claims.sub;
  if (typeof sub !== 'string') throw refused(NO_ORGANIZATION);
  if (ORGANIZATION.test(sub) && org === undefined) {
    return { organizationId: sub, token: identityOf(claims, token, null) };
  }
  if (APPLICATION.test(sub) && typeof org === 'string' && ORGANIZATION.test(org)) {
    const sessionId = sessionOf(claims);
    const flags = listOf(claims, 'featureFlags');
    const named = listOf(claims, 'capabilities');
    const capabilities = named && checked(named);
    return {
      organizationId: org,
      applicationId: sub,
      token: identityOf(claims, token, { sessionId, capabilities }),
      ...(flags && { featureFlags: flags }),
      ...(capabilities && { rights: rightsOfCapabilities(capabilities) }),
    };
  }
  throw refused(NO_ORGANIZATION);
}

/** Not any text: a database may not hold every character, or no key of any length. */
const ORGANIZATION = /^org_[\x21-\x7e]{1,252}$/;
const APPLICATION = /^app_[\x21-\x7e]{1,252}$/;
const NO_ORGANIZATION =
  'The token names no organization: "sub" must be org_…, or app_… with "org" org_…';

function identityOf(
  { jti, iat, nbf, exp }: JWTPayload,
  token: string,
  portal: { sessionId: string | null; capabilities: readonly Capability[] | null } | null,
): TokenIdentity {
  return {
    kind: portal === null ? 'organization' : 'portal',
    id: isTokenId(jti) ? jti : createHash('sha256').update(token).digest('base64url'),
    name: null,
    sessionId: portal?.sessionId ?? null,
    issuedAt: (iat ?? 0) * 1000,
    validFrom: (nbf ?? iat ?? 0) * 1000,
    expiresAt: exp === undefined ? null : exp * 1000,
    capabilities: portal?.capabilities ?? null,
  };
}

/** Checks the claim, because it is stored when the token is revoked, and the issuer of tokens chooses it. */
function isTokenId(jti: unknown): jti is string {
  return typeof jti === 'string' && /^[\w:.-]{1,64}$/.test(jti);
}

function sessionOf({ sessionId, iat = 0, exp = Infinity }: JWTPayload): string | null {
  if (sessionId === undefined || sessionId === null) return null;
  if (!isPlainText(sessionId)) {
    throw refused('The token\'s claim "sessionId" must be a text without NUL');
  }
  if (exp - iat > MOST_SESSION_S + LEEWAY_S) {
    throw refused('A token with a sessionId must expire within seven days of its issue ("iat")');
  }
  return sessionId;
}

function listOf(claims: JWTPayload, name: string): readonly string[] | null {
  const list = claims[name] ?? null;
  if (list === null || isTextList(list)) return list;
  throw refused(`The token's claim "${name}" must be a list of texts without NUL`);
}

function checked(capabilities: readonly string[]): readonly Capability[] {
  if (capabilities.every(isCapability)) return capabilities;
  throw refused(`The token's claim "capabilities" may hold only ${CAPABILITIES.join(', ')}`);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isPlainText);
}

/** Whether every database takes the text in a query. */
function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

function refused(detail: string): PosthasteError {
  return new PosthasteError('authentication_failed', detail);
}
