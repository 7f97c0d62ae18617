import { type JWTPayload, SignJWT, errors, jwtVerify } from 'jose';
import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Principal } from './principal.ts';

/**
 * The organization of an installation that has only one. It is the default of the Svix server, so
 * tokens made for that server work here with the same secret.
 */
export const DEFAULT_ORGANIZATION = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu';

/**
 * Bearer tokens: JWTs signed with HS256. `sub` is the organization; in a token of a portal, which
 * is limited to one application, `org` is the organization and `sub` the application's id, and
 * `featureFlags` may list which event types with a feature flag it sees.
 */
export interface Tokens {
  issue(grant: TokenGrant): Promise<string>;
  /**
   * The principal of the token; `authentication_failed` when it is malformed, not signed with this
   * secret, expired or not valid yet, and the reason; clocks may differ by 10 seconds. Tokens are cached: a token that was verified before gives its
   * principal without a promise.
   */
  verify(token: string): Principal | Promise<Principal>;
}

export interface TokenGrant extends Principal {
  /** From now; absent: the token does not expire. */
  readonly expiresInSeconds?: number;
}

export function createTokens({ secret, clock }: { secret: string; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(secret);
  const known = new LRUCache<string, { principal: Principal; expiresAt: number }>({
    max: 10_000,
    maxSize: 4 * 1024 * 1024,
    sizeCalculation: (_, token) => token.length,
  });

  async function verifyNew(token: string): Promise<Principal> {
    try {
      const currentDate = new Date(clock.now());
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        currentDate,
        clockTolerance: LEEWAY_S,
      });
      const principal = principalOf(payload);
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
    issue({ organizationId, applicationId, featureFlags, expiresInSeconds }) {
      const now = Math.floor(clock.now() / 1000);
      const claims = new SignJWT({
        ...(applicationId !== undefined && { org: organizationId }),
        ...(featureFlags !== undefined && { featureFlags }),
      })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(applicationId ?? organizationId)
        .setIssuer('posthaste')
        .setIssuedAt(now)
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

/** The clock that signed a token may be this much ahead of this one, or behind. */
const LEEWAY_S = 10;

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

function principalOf({ sub, org, featureFlags }: JWTPayload): Principal {
  if (sub?.startsWith('org_') && org === undefined) return { organizationId: sub };
  if (sub?.startsWith('app_') && typeof org === 'string' && org.startsWith('org_')) {
    const flags = featureFlags ?? undefined;
    if (flags !== undefined && !isTextList(flags)) {
      throw refused('The token\'s claim "featureFlags" must be a list of texts');
    }
    return { organizationId: org, applicationId: sub, ...(flags && { featureFlags: flags }) };
  }
  throw refused('The token names no organization: "sub" must be org_…, or app_… with "org" org_…');
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function refused(detail: string): PosthasteError {
  return new PosthasteError('authentication_failed', detail);
}
