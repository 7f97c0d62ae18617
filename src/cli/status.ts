import type { Config } from '../config/config.ts';
import type { StatusOut } from '../operations/operations.ts';
import { askServer } from './ask-server.ts';
import { UserError } from './user-error.ts';

const ANSWER_WITHIN_MS = 15_000;

export interface StatusRequest {
  /** Of one process's HTTP API; default: the one of these settings. */
  readonly url?: string | undefined;
  readonly json?: true | undefined;
}

/** Asks a running process, and prints what it knows of all. */
export async function printStatus(config: Config, { url, json }: StatusRequest): Promise<void> {
  const status = await readStatus(config, url);
  process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
}

async function readStatus(config: Config, url: string | undefined): Promise<StatusOut> {
  const answer = await askServer(config, {
    method: 'GET',
    path: '/status',
    withinMs: ANSWER_WITHIN_MS,
    url,
  });
  if (answer.ok) return (await answer.json()) as StatusOut;
  throw new UserError(`the server answered ${answer.status}: ${await answer.text()}`);
}

export function statusText({ processes, backlog }: StatusOut): string {
  const rows = [
    ['PROCESS', 'NAME', 'ROLES', 'VERSION', 'STARTED', 'LEASE', 'SHARDS'],
    ...processes.map((process) => [
      String(process.number),
      process.name,
      process.roles.join(','),
      process.version,
      process.startedAt,
      leaseText(process),
      String(process.ownedShards),
    ]),
  ];
  const { waiting, oldestDueAt, lateMs } = backlog;
  const due = lateMs > 0 ? `${(lateMs / 1_000).toFixed(1)} s late` : 'not due yet';
  const oldest = oldestDueAt === null ? '' : `, the first is ${due} (${oldestDueAt})`;
  return `${table(rows)}\n\n${waiting} ${waiting === 1 ? 'delivery waits' : 'deliveries wait'}${oldest}\n`;
}

function leaseText({ leaseUntil, isAlive }: StatusOut['processes'][number]): string {
  if (leaseUntil === null) return 'not needed';
  return isAlive ? 'holds' : `over since ${leaseUntil}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
