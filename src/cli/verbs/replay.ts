import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api/api-client.ts';
import { call } from '../api/call.ts';
import { pathOf } from '../api/path-of.ts';
import type { Io } from '../io.ts';
import { untilBack } from '../until-back.ts';
import { UserError } from '../user-error.ts';

/** For each value of `--only`: the operation, and its filter by status. */
const REPLAYED = {
  all: { operation: 'bulk-replay' },
  failed: { operation: 'recover' },
  missing: { operation: 'replay-missing' },
} as const;

export interface ReplayRequest {
  readonly app: string;
  readonly endpoint: string;
  readonly only: keyof typeof REPLAYED;
  readonly since: string;
  readonly until?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly channel?: string | undefined;
  readonly tag?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
}

/** Prints how many deliveries it makes due again, starts the task, and follows it to its end. */
export async function replay(client: ApiClient, io: Io, request: ReplayRequest): Promise<void> {
  const { app, endpoint, only, dryRun, json, ...selection } = request;
  const { eventTypes, channel, tag } = selection;
  if (only !== 'all' && (eventTypes ?? channel ?? tag) !== undefined) {
    throw new UserError('--event-types, --channel and --tag can only be used with --only all');
  }
  const { operation } = REPLAYED[only];
  const path = pathOf`/app/${app}/endpoint/${endpoint}/` + operation;
  const counted = await call<Count>(client, 'POST', path, { ...selection, dryRun: true });
  const count = `${counted.isExact ? '' : 'more than '}${counted.count}`;
  if (dryRun) {
    io.out(json ? `${JSON.stringify(counted)}\n` : `${count} would be sent again\n`);
    return;
  }
  io.err(`sending ${count} again\n`);
  if (counted.count === 0 && counted.isExact) return;
  const { id } = await call<{ id: string }>(client, 'POST', path, selection);
  io.err(`task ${id}; to stop it: posthaste task cancel ${id}\n`);
  const task = await followed(client, io, id);
  const { status, data } = task;
  io.out(
    json ? `${JSON.stringify(task)}\n` : `${status}: ${data.changed} of ${data.scanned} made due\n`,
  );
  if (status !== 'finished') throw new UserError(`the task ended as ${status}: ${data.reason}`);
}

interface Count {
  readonly count: number;
  readonly isExact: boolean;
}

interface Task {
  readonly status: string;
  readonly data: {
    readonly scanned: number;
    readonly changed: number;
    readonly reason: string | null;
  };
}

const LOOK_EVERY_MS = 500;

async function followed(client: ApiClient, io: Io, id: string): Promise<Task> {
  for (let shown = -1; ;) {
    const path = pathOf`/background-task/${id}`;
    // The task continues on the server, even while it does not answer.
    const task = await untilBack(io, io.stopped, () => call<Task>(client, 'GET', path));
    if (task.status !== 'running') return task;
    if (task.data.scanned !== shown) {
      shown = task.data.scanned;
      io.err(`  ${shown} messages read, ${task.data.changed} deliveries made due\n`);
    }
    await sleep(LOOK_EVERY_MS, undefined, io.stopped && { signal: io.stopped });
  }
}
