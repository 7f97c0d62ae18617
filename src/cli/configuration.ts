import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { EnvironmentImportOut } from '../operations/operations.ts';
import { type Access, RefusedError, askServer } from './ask-server.ts';
import type { Io } from './io.ts';
import { UserError } from './user-error.ts';

export interface ApplyRequest {
  readonly dryRun?: true | undefined;
  readonly prune?: true | undefined;
  readonly json?: true | undefined;
}

/** Prints the document. */
export async function exportConfiguration(
  access: Access,
  io: Pick<Io, 'out'>,
  { withSecrets }: { readonly withSecrets?: true | undefined },
): Promise<void> {
  const path = `/environment/export?with_secrets=${withSecrets === true}`;
  const document = await askServer(access, { ...LONG_POST, path });
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}

/** Prints what was changed, or what would be. `-` reads standard input. */
export async function applyConfiguration(
  access: Access,
  io: Pick<Io, 'out' | 'stdin'>,
  file: string,
  { dryRun, prune, json }: ApplyRequest,
): Promise<void> {
  const reading = file === '-' ? textOf(io.stdin) : readFile(file, 'utf8');
  const body = await reading.catch((error: unknown) => {
    throw new UserError(error instanceof Error ? error.message : String(error));
  });
  const query = `with_changes=true&dry_run=${dryRun === true}&prune=${prune === true}`;
  const request = { ...LONG_POST, path: `/environment/import?${query}`, body };
  const out = (await askServer(access, request).catch((error: unknown) => {
    throw explained(error);
  })) as EnvironmentImportOut;
  io.out(json ? `${JSON.stringify(out, null, 2)}\n` : changesText(out));
}

const LONG_POST = { method: 'POST', withinMs: 120_000 };

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
