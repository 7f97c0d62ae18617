import { createHash } from 'node:crypto';
import { createTokenCache } from './token-cache.ts';
import type { ApiKey, Revocation } from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { isOperator } from '../domain/organization.ts';
import { rightsOfScopes } from '../domain/rights.ts';
import type { Storage } from '../storage/storage.ts';
import type { Principal, TokenIdentity } from './principal.ts';
import type { Tokens } from './tokens.ts';

/** Verifies bearer tokens of all kinds. */
export interface Authenticator {
  /**
   * The principal of the token. Throws `authentication_failed` like `Tokens.verify`, and for a revoked token: in
   * this process at once, in others within a second. Returns synchronously, without reading the storage, for
   * tokens of an organization, and for other tokens that were verified since the last change of any.
   */
  verify(token: string): Principal | Promise<Principal>;
  /** Must be called after a change of keys or revocations through this process. */
  forget(): void;
}

export const KEY_PREFIX = 'phk_';

export function hashOfKey(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The cached result for a token that may be revoked. */
type Known =
  | { readonly key: ApiKey; readonly principal: Principal; usedAt: number }
  | { readonly key: null }
  | { readonly revocations: readonly Revocation[] };

export function createAuthenticator({
  tokens,
  storage: { apiKeys, revocations, changes },
  clock,
}: {
  tokens: Pick<Tokens, 'verify'>;
  storage: Pick<Storage, 'apiKeys' | 'revocations' | 'changes'>;
  clock: Clock;
}): Authenticator {
  const known = createTokenCache<Known>();
  /** Counts changes, so that results read before a change are not cached. */
  let generation = 0;
  changes.subscribe(({ kind }) => {
    if (kind === 'access' || kind === 'gap') forget();
  });

  function forget(): void {
    generation++;
    known.clear();
  }

  function decided(
    token: string,
    load: () => Promise<Known>,
    decide: (found: Known) => Principal,
  ): Principal | Promise<Principal> {
    const found = changes.isCurrent() ? known.get(token) : undefined;
    return found === undefined ? loadAndDecide(token, load, decide) : decide(found);
  }

  async function loadAndDecide(
    token: string,
    load: () => Promise<Known>,
    decide: (found: Known) => Principal,
  ): Promise<Principal> {
    const before = generation;
    const found = await load();
    if (before === generation) known.set(token, found);
    return decide(found);
  }

  async function loadKey(token: string): Promise<Known> {
    const key = await apiKeys.byHash(hashOfKey(token));
    return key === null
      ? { key: null }
      : { key, principal: principalOf(key), usedAt: key.lastUsedAt ?? 0 };
  }

  function decideKey(found: Known): Principal {
    if (!('principal' in found)) throw refused('The API key does not exist');
    const now = clock.now();
    if (found.key.expiresAt !== null && found.key.expiresAt <= now) {
      throw refused('The API key has expired or was revoked');
    }
    if (now - found.usedAt >= USED_EVERY_MS) {
      found.usedAt = now;
      // No caller waits for this write; a failed one is repeated in the next minute.
      void apiKeys.used(found.key.id, now).catch(() => {});
    }
    return found.principal;
  }

  function requireNotRevoked(bearer: string, principal: Principal): Principal | Promise<Principal> {
    const { token, applicationId } = principal;
    if (token === undefined || applicationId === undefined) return principal;
    return decided(
      bearer,
      async () => ({
        revocations: await revocations.concerning({
          applicationId,
          id: token.id,
          sessionId: token.sessionId,
        }),
      }),
      (found) => {
        const now = clock.now();
        if ('revocations' in found && found.revocations.some((one) => ends(one, token, now))) {
          throw refused('The token was revoked');
        }
        return principal;
      },
    );
  }

  return {
    verify(token) {
      if (token.startsWith(KEY_PREFIX)) return decided(token, () => loadKey(token), decideKey);
      const principal = tokens.verify(token);
      return principal instanceof Promise
        ? principal.then((verified) => requireNotRevoked(token, verified))
        : requireNotRevoked(token, principal);
    },
    forget,
  };
}

/** Precision of an API key's last use: at most one write in this time. */
const USED_EVERY_MS = 60_000;

function ends(
  { issuedUntil, refusedFrom }: Revocation,
  { issuedAt }: TokenIdentity,
  now: number,
): boolean {
  return refusedFrom <= now && issuedAt <= issuedUntil;
}

function principalOf(key: ApiKey): Principal {
  return {
    organizationId: key.organizationId,
    ...(key.applicationId !== null && { applicationId: key.applicationId, featureFlags: null }),
    rights: rightsOfScopes(key.scopes, {
      isOperator: isOperator(key.organizationId),
      isLimited: key.applicationId !== null,
    }),
    token: {
      kind: 'key',
      id: key.id,
      name: key.name,
      sessionId: null,
      issuedAt: key.createdAt,
      validFrom: key.createdAt,
      expiresAt: key.expiresAt,
      capabilities: null,
    },
  };
}

function refused(detail: string): PosthasteError {
  return new PosthasteError('authentication_failed', detail);
}
