import type { Config } from '../config/config.ts';
import {
  type ApiTokenCensoredOut,
  type ApiTokenOut,
  DEFAULT_ORGANIZATION,
  type ListOut,
} from '../operations/operations.ts';
import { askServer } from './ask-server.ts';
import { textTable } from './text-table.ts';

export interface KeyRequest {
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

export interface NewKey extends KeyRequest {
  readonly name: string;
  readonly scope?: readonly string[] | undefined;
  readonly app?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** Prints the key and nothing else, so that a shell can take it. */
export async function createKey(config: Config, request: NewKey): Promise<void> {
  const { name, scope, app, expiresIn } = request;
  const body = {
    name,
    ...(scope && { scopes: scope }),
    ...(app !== undefined && { appId: app }),
    ...(expiresIn !== undefined && { expiry: expiresIn }),
  };
  const key = await askServer(config, { ...ask(request), method: 'POST', body });
  console.log((key as ApiTokenOut).token);
}

export async function listKeys(
  config: Config,
  { json, ...request }: KeyRequest & { readonly json?: true | undefined },
): Promise<void> {
  const keys: ApiTokenCensoredOut[] = [];
  for (let iterator: string | null = null; ;) {
    const { path } = ask(request);
    const query: string = iterator === null ? '' : `&iterator=${iterator}`;
    const page = (await askServer(config, {
      ...ask(request),
      path: `${path}?limit=250${query}`,
    })) as ListOut<ApiTokenCensoredOut>;
    keys.push(...page.data);
    if (page.done) break;
    iterator = page.iterator;
  }
  console.log(json ? JSON.stringify(keys, null, 2) : keysText(keys));
}

export async function revokeKey(
  config: Config,
  id: string,
  { after, ...request }: KeyRequest & { readonly after?: number | undefined },
): Promise<void> {
  const { path } = ask(request);
  await askServer(config, {
    ...ask(request),
    method: 'POST',
    path: `${path}/${encodeURIComponent(id)}/expire`,
    body: { expiry: after ?? 0 },
  });
}

function ask({ url, organization = DEFAULT_ORGANIZATION }: KeyRequest) {
  const path = `/management/authentication/${organization}/api-token`;
  return { command: 'key', url, organization, path };
}

export function keysText(keys: readonly ApiTokenCensoredOut[]): string {
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
