import {
  type ApiTokenCensoredOut,
  type ApiTokenOut,
  DEFAULT_ORGANIZATION,
  type ListOut,
} from '../operations/operations.ts';
import type { ApiClient } from './api/api-client.ts';
import { call } from './api/call.ts';
import { pathOf } from './api/path-of.ts';
import type { OfOrganization } from './connection-by-secret.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

type KeyRequest = Pick<OfOrganization, 'organization'>;

export interface NewKey extends KeyRequest {
  readonly name: string;
  readonly scope?: readonly string[] | undefined;
  readonly app?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** Prints only the key, so that a shell can capture it. */
export async function createKey(
  client: ApiClient,
  io: Pick<Io, 'out'>,
  request: NewKey,
): Promise<void> {
  const { name, scope, app, expiresIn } = request;
  const body = {
    name,
    ...(scope && { scopes: scope }),
    ...(app !== undefined && { appId: app }),
    ...(expiresIn !== undefined && { expiry: expiresIn }),
  };
  const key = await call<ApiTokenOut>(client, 'POST', keysPath(request), body);
  io.out(`${key.token}\n`);
}

export async function listKeys(
  client: ApiClient,
  io: Pick<Io, 'out'>,
  { json, ...request }: KeyRequest & { readonly json?: true | undefined },
): Promise<void> {
  const keys: ApiTokenCensoredOut[] = [];
  for (let iterator: string | null = null; ;) {
    const next: string = iterator === null ? '' : `&iterator=${iterator}`;
    const path = `${keysPath(request)}?limit=250${next}`;
    const page: ListOut<ApiTokenCensoredOut> = await call(client, 'GET', path);
    keys.push(...page.data);
    if (page.done) break;
    iterator = page.iterator;
  }
  io.out(`${json ? JSON.stringify(keys, null, 2) : keysText(keys)}\n`);
}

export async function revokeKey(
  client: ApiClient,
  id: string,
  { after, ...request }: KeyRequest & { readonly after?: number | undefined },
): Promise<void> {
  const path = keysPath(request) + pathOf`/${id}/expire`;
  await call(client, 'POST', path, { expiry: after ?? 0 });
}

function keysPath({ organization = DEFAULT_ORGANIZATION }: KeyRequest): string {
  return pathOf`/management/authentication/${organization}/api-token`;
}

function keysText(keys: readonly ApiTokenCensoredOut[]): string {
  return textTable([
    ['ID', 'NAME', 'KEY', 'SCOPES', 'APPLICATION', 'EXPIRES', 'LAST USED'],
    ...keys.map((key) => [
      key.id,
      key.name,
      key.censoredToken,
      key.scopes?.join(',') ?? 'all',
      key.appId ?? 'all',
      key.expiresAt ?? 'never',
      key.lastUsedAt ?? 'never',
    ]),
  ]);
}
