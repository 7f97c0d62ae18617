import {
  type ApiTokenCensoredOut,
  type ApiTokenOut,
  DEFAULT_ORGANIZATION,
  type ListOut,
} from '../operations/operations.ts';
import { type Access, type OfOrganization, askServer } from './ask-server.ts';
import { textTable } from './text-table.ts';

type KeyRequest = Pick<OfOrganization, 'organization'>;

export interface NewKey extends KeyRequest {
  readonly name: string;
  readonly scope?: readonly string[] | undefined;
  readonly app?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** Prints the key and nothing else, so that a shell can take it. */
export async function createKey(access: Access, request: NewKey): Promise<void> {
  const { name, scope, app, expiresIn } = request;
  const body = {
    name,
    ...(scope && { scopes: scope }),
    ...(app !== undefined && { appId: app }),
    ...(expiresIn !== undefined && { expiry: expiresIn }),
  };
  const key = await askServer(access, { ...ask(request), method: 'POST', body });
  console.log((key as ApiTokenOut).token);
}

export async function listKeys(
  access: Access,
  { json, ...request }: KeyRequest & { readonly json?: true | undefined },
): Promise<void> {
  const keys: ApiTokenCensoredOut[] = [];
  for (let iterator: string | null = null; ;) {
    const { path } = ask(request);
    const query: string = iterator === null ? '' : `&iterator=${iterator}`;
    const page = (await askServer(access, {
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
  access: Access,
  id: string,
  { after, ...request }: KeyRequest & { readonly after?: number | undefined },
): Promise<void> {
  const { path } = ask(request);
  await askServer(access, {
    ...ask(request),
    method: 'POST',
    path: `${path}/${encodeURIComponent(id)}/expire`,
    body: { expiry: after ?? 0 },
  });
}

function ask({ organization = DEFAULT_ORGANIZATION }: KeyRequest) {
  return { path: `/management/authentication/${organization}/api-token` };
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
