import { randomUUID } from 'node:crypto';
import type { Revocation } from '../../domain/access.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { findApplication, requireVisible } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import type { Keep } from '../idempotency.ts';
import { isoOrNull } from '../instant.ts';
import { createInlineApplication } from '../messages/inline-application.ts';
import { type Principal, lacking, rightsOf } from '../principal.ts';
import { LEEWAY_S, MOST_SESSION_S } from '../tokens.ts';
import { check } from '../validation.ts';
import type { PortalAccessOperations } from './portal-access-operations.ts';
import {
  DEFAULT_EXPIRY_S,
  applicationTokenExpireIn,
  checkedAppPortalAccessIn,
} from './portal-access-schemas.ts';

export function createPortalAccessOperations(context: Context): PortalAccessOperations {
  const { storage, tokens, portalUrl, clock, forgetTokens, audit } = context;

  async function revoke(
    principal: Principal,
    applicationId: string,
    revocations: readonly Revocation[],
    keep?: Keep<void>,
  ): Promise<void> {
    const entry = audit(principal, { applicationId });
    await storage.revocations.add(revocations, clock.now(), keep?.(), entry);
    forgetTokens();
  }

  function requireTokens(): NonNullable<typeof tokens> {
    if (tokens !== null) return tokens;
    throw new PosthasteError(
      'configuration',
      'Tokens cannot be made without jwtSecret: set POSTHASTE_JWT_SECRET',
    );
  }

  return {
    async grant(principal, app, input) {
      const { application, capabilities, readOnly, sessionId, featureFlags, expiry } = check(
        checkedAppPortalAccessIn,
        input ?? {},
        'body',
      );
      const { organizationId } = principal;
      const found = isName(app) ? await storage.applications.get(organizationId, app) : null;
      const { id } =
        found === null
          ? await createInlineApplication(context, principal, app, application)
          : requireVisible(principal, app, found);
      const granted = capabilities ?? (readOnly === true ? (['ViewBase'] as const) : null);
      const tokenId = randomUUID();
      const token = await requireTokens().issue({
        id: tokenId,
        organizationId,
        applicationId: id,
        ...(granted && { capabilities: granted }),
        ...(sessionId && { sessionId }),
        featureFlags: featureFlags ?? [],
        expiresInSeconds: expiry ?? DEFAULT_EXPIRY_S,
      });
      const entry = audit(principal, { applicationId: id, tokenId });
      if (entry) await storage.audit.add(entry);
      return { url: portalUrl === null ? '' : `${portalUrl}#token=${token}`, token };
    },

    async expireAll(principal, app, input, keep) {
      const { id, organizationId } = await findApplication(storage, principal, app);
      const { expiry, sessionIds } = check(applicationTokenExpireIn, input ?? {}, 'body');
      const now = clock.now();
      const which = { organizationId, applicationId: id, issuedUntil: now };
      const refusedFrom = now + (expiry ?? 0) * 1000;
      const ofSessions = [...new Set(sessionIds ?? [])].map((name) => ({
        ...which,
        of: 'session' as const,
        name,
        refusedFrom,
        forgetAt: now + (MOST_SESSION_S + 2 * LEEWAY_S) * 1000,
      }));
      const ofAll = { ...which, of: 'application' as const, name: '', refusedFrom, forgetAt: null };
      await revoke(principal, id, ofSessions.length === 0 ? [ofAll] : ofSessions, keep);
    },

    async logout(principal) {
      const { organizationId, applicationId, token } = principal;
      if (applicationId === undefined || token?.kind !== 'portal') throw lacking('session:end');
      const now = clock.now();
      const { id: name, issuedAt, expiresAt } = token;
      // The token may have been renewed, so its revocation must last for the whole session.
      const lastsUntil = expiresAt && Math.max(expiresAt, issuedAt + MOST_SESSION_S * 1000);
      const forgetAt = lastsUntil && lastsUntil + 2 * LEEWAY_S * 1000;
      await revoke(principal, applicationId, [
        {
          organizationId,
          applicationId,
          of: 'token',
          name,
          // The clock that issued the token may be ahead of this one.
          issuedUntil: Math.max(now, issuedAt),
          refusedFrom: now,
          forgetAt,
        },
      ]);
    },

    async renew({ organizationId, applicationId, featureFlags, token }) {
      if (applicationId === undefined || token?.kind !== 'portal') throw lacking('session:renew');
      const { id, issuedAt, validFrom, expiresAt, capabilities, sessionId } = token;
      const now = clock.now();
      const until =
        expiresAt &&
        Math.max(
          expiresAt,
          Math.min(now + (expiresAt - validFrom), issuedAt + MOST_SESSION_S * 1000),
        );
      const renewed = await requireTokens().issue({
        id,
        organizationId,
        applicationId,
        issuedAt,
        ...(capabilities && { capabilities }),
        ...(sessionId !== null && { sessionId }),
        ...(featureFlags && { featureFlags }),
        ...(until !== null && {
          expiresInSeconds: Math.floor(until / 1000) - Math.floor(now / 1000),
        }),
      });
      return { token: renewed, expiresAt: isoOrNull(until) };
    },

    async whoami(principal) {
      const { organizationId, applicationId = null, token } = principal;
      return {
        envId: organizationId,
        appId: applicationId,
        permissionSource:
          token === undefined ? 'Unknown' : token.kind === 'key' ? 'RegionalAuthToken' : 'SvixJwt',
        sessionId: token?.sessionId ?? null,
        expiresAt: isoOrNull(token?.expiresAt ?? null),
        rights: [...rightsOf(principal)].toSorted(),
      };
    },
  };
}
