import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../../domain/access.ts';
import { notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { isOperator } from '../../domain/organization.ts';
import { type Scope, rightsOfScopes } from '../../domain/rights.ts';
import { findApplication } from '../access.ts';
import { KEY_PREFIX, hashOfKey } from '../authenticator.ts';
import type { Context } from '../context.ts';
import { isoOrNull } from '../instant.ts';
import { orderedListOptions, pageRequest, toListOut } from '../paging.ts';
import { type Principal, lacking, rightsOf } from '../principal.ts';
import { check } from '../validation.ts';
import type { ApiKeyOperations } from './api-key-operations.ts';
import {
  type ApiTokenCensoredOut,
  apiTokenExpireIn,
  apiTokenIn,
  apiTokenPatch,
  apiTokenUpdate,
} from './api-key-schemas.ts';

export function createApiKeyOperations({
  storage,
  clock,
  ids,
  forgetTokens,
  audit,
}: Pick<Context, 'storage' | 'clock' | 'ids' | 'forgetTokens' | 'audit'>): ApiKeyOperations {
  async function find({ organizationId }: Principal, id: string): Promise<ApiKey> {
    const found = isId('key', id) ? await storage.apiKeys.get(organizationId, id) : null;
    if (found === null) throw notFound('API key', id);
    return found;
  }

  async function edit(
    principal: Principal,
    id: string,
    changes: Partial<Pick<ApiKey, 'name' | 'scopes'>>,
  ): Promise<ApiTokenCensoredOut> {
    const { organizationId } = principal;
    const entry = audit(principal, { keyId: id });
    const isThere =
      isId('key', id) && (await storage.apiKeys.update(organizationId, id, changes, entry));
    if (!isThere) throw notFound('API key', id);
    forgetTokens();
    return toCensored(await find(principal, id));
  }

  return {
    async create(principal, input, keep) {
      const { name, scopes = null, appId, expiry } = check(apiTokenIn, input, 'body');
      const application = appId ? await findApplication(storage, principal, appId) : null;
      requireNoMore(principal, scopes, application !== null);
      const token = `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`;
      const now = clock.now();
      const key: ApiKey = {
        id: ids.next('key'),
        organizationId: principal.organizationId,
        applicationId: application?.id ?? null,
        name,
        hash: hashOfKey(token),
        hint: token.slice(-4),
        scopes,
        createdAt: now,
        expiresAt: expiry ? now + expiry * 1000 : null,
        lastUsedAt: null,
      };
      const out = { token, ...shown(key) };
      const objects = { keyId: key.id, ...(application && { applicationId: application.id }) };
      await storage.apiKeys.create(key, keep?.(out), audit(principal, objects));
      forgetTokens();
      return out;
    },

    async list(principal, options = {}) {
      const page = pageRequest(check(orderedListOptions, options, 'query'), 'key', 'descending');
      return toListOut(
        await storage.apiKeys.list(principal.organizationId, page),
        (key) => key.id,
        toCensored,
      );
    },

    get: async (principal, key) => toCensored(await find(principal, key)),

    update: async (principal, key, input) =>
      edit(principal, key, check(apiTokenUpdate, input, 'body')),

    async patch(principal, key, input) {
      const { name, scopes } = check(apiTokenPatch, input, 'body');
      if (scopes !== undefined) {
        const { applicationId } = await find(principal, key);
        requireNoMore(principal, scopes, applicationId !== null);
      }
      return edit(principal, key, {
        ...(name !== undefined && { name }),
        ...(scopes !== undefined && { scopes }),
      });
    },

    async expire(principal, id, input, keep) {
      const { expiry = 0 } = check(apiTokenExpireIn, input ?? {}, 'body');
      const { organizationId } = principal;
      await find(principal, id);
      const at = clock.now() + expiry * 1000;
      const entry = audit(principal, { keyId: id });
      await storage.apiKeys.expire(organizationId, id, at, keep?.(), entry);
      forgetTokens();
    },
  };
}

/** A key must not have rights that its maker does not have. */
function requireNoMore(
  principal: Principal,
  scopes: readonly Scope[] | null,
  isLimited: boolean,
): void {
  const held = rightsOf(principal);
  const holder = { isOperator: isOperator(principal.organizationId), isLimited };
  for (const right of rightsOfScopes(scopes, holder)) {
    if (!held.has(right)) throw lacking(right);
  }
}

function shown({ id, name, createdAt, expiresAt, scopes, applicationId }: ApiKey) {
  return {
    id,
    name,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: isoOrNull(expiresAt),
    scopes: scopes && [...scopes],
    appId: applicationId,
  };
}

function toCensored(key: ApiKey): ApiTokenCensoredOut {
  const { hint, lastUsedAt } = key;
  return {
    censoredToken: `${KEY_PREFIX}…${hint}`,
    ...shown(key),
    lastUsedAt: isoOrNull(lastUsedAt),
  };
}
