import type { EnvironmentImportOut } from '../operations/operations.ts';
import type { ApiClient } from './api/api-client.ts';
import { call } from './api/call.ts';
import type { Io } from './io.ts';
import { readText } from './read-input.ts';

export interface ApplyRequest {
  readonly dryRun?: true | undefined;
  readonly prune?: true | undefined;
  readonly json?: true | undefined;
}

/** A longer deadline, because a document may have all endpoints of an organization. */
const LONG = { withinMs: 120_000 };

/** Prints the document. */
export async function exportConfiguration(
  client: ApiClient,
  io: Pick<Io, 'out'>,
  { withSecrets }: { readonly withSecrets?: true | undefined },
): Promise<void> {
  const path = `/environment/export?with_secrets=${withSecrets === true}`;
  const document = await call<object>(client, 'POST', path, undefined, LONG);
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}

/** Prints the changes that were made or, with `dryRun`, would be made. `-` reads standard input. */
export async function applyConfiguration(
  client: ApiClient,
  io: Io,
  file: string,
  { dryRun, prune, json }: ApplyRequest,
): Promise<void> {
  const body = await readText(file, 'the document', io);
  const query = `with_changes=true&dry_run=${dryRun === true}&prune=${prune === true}`;
  const path = `/environment/import?${query}`;
  const how = { ...LONG, words: { isDocument: true } };
  const out = await call<EnvironmentImportOut>(client, 'POST', path, body, how);
  io.out(json ? `${JSON.stringify(out, null, 2)}\n` : changesText(out));
}

function changesText(out: EnvironmentImportOut): string {
  const { changes, created, updated, deleted, unchanged, dryRun } = out;
  const lines = changes.map(({ action, kind, name, fields }) => {
    const which = fields.length > 0 ? `: ${fields.join(', ')}` : '';
    return `${action.padEnd(6)} ${kind.padEnd(11)} ${name}${which}\n`;
  });
  const counts = `${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`;
  return `${lines.join('')}${counts}${dryRun ? '; this was a dry run, nothing was changed' : ''}\n`;
}
