import type { StatusOut } from '../operations/operations.ts';
import type { ApiClient } from './api/api-client.ts';
import { call } from './api/call.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

export interface StatusRequest {
  readonly json?: true | undefined;
}

/** Asks a running process for the status of the installation, and prints it. */
export async function printStatus(
  client: ApiClient,
  io: Pick<Io, 'out'>,
  { json }: StatusRequest,
): Promise<void> {
  const status = await call<StatusOut>(client, 'GET', '/status');
  io.out(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
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
  return `${textTable(rows)}\n\n${waiting} ${waiting === 1 ? 'delivery waits' : 'deliveries wait'}${oldest}\n`;
}

function leaseText({ leaseUntil, isAlive }: StatusOut['processes'][number]): string {
  if (leaseUntil === null) return 'not needed';
  return isAlive ? 'holds' : `over since ${leaseUntil}`;
}
