import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Config } from '../config/config.ts';
import type { EnvironmentImportOut } from '../operations/operations.ts';
import { RefusedError, askServer } from './ask-server.ts';
import { UserError } from './user-error.ts';

export interface OfOrganization {
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

export interface ApplyRequest extends OfOrganization {
  readonly dryRun?: true | undefined;
  readonly prune?: true | undefined;
  readonly json?: true | undefined;
}

/** Prints the document on stdout. */
export async function exportConfiguration(
  config: Config,
  { withSecrets, ...where }: OfOrganization & { readonly withSecrets?: true | undefined },
): Promise<void> {
  const path = `/environment/export?with_secrets=${withSecrets === true}`;
  const document = await askServer(config, { command: 'export', ...asking(where, path) });
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Prints what was changed, or what would be. `-` reads standard input. */
export async function applyConfiguration(
  config: Config,
  file: string,
  { dryRun, prune, json, ...where }: ApplyRequest,
): Promise<void> {
  const reading = file === '-' ? textOf(process.stdin) : readFile(file, 'utf8');
  const body = await reading.catch((error: unknown) => {
    throw new UserError(error instanceof Error ? error.message : String(error));
  });
  const query = `with_changes=true&dry_run=${dryRun === true}&prune=${prune === true}`;
  const path = `/environment/import?${query}`;
  const request = { command: 'apply', ...asking(where, path), body };
  const out = (await askServer(config, request).catch((error: unknown) => {
    throw explained(error);
  })) as EnvironmentImportOut;
  process.stdout.write(json ? `${JSON.stringify(out, null, 2)}\n` : changesText(out));
}

function asking({ url, organization }: OfOrganization, path: string) {
  return { url, organization, method: 'POST', path, withinMs: 120_000 };
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

function explained(error: unknown): unknown {
  const lines = error instanceof RefusedError ? fieldErrorsIn(error.answer) : null;
  return lines === null ? error : new UserError(lines);
}

interface Refusal {
  readonly detail?: readonly { readonly loc: readonly string[]; readonly msg: string }[];
}

/** One line for each; null when the answer has none. */
function fieldErrorsIn(text: string): string | null {
  try {
    const { detail } = JSON.parse(text) as Refusal;
    if (!Array.isArray(detail)) return null;
    const lines = (detail as NonNullable<Refusal['detail']>).map(
      ({ loc, msg }) => `  ${loc.slice(1).join('.') || 'the document'} ${msg}`,
    );
    return ['the document is refused, and nothing was changed:', ...lines].join('\n');
  } catch {
    return null;
  }
}
