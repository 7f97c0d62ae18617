import type { FleetProcess } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import type { StatusOperations } from './status-operations.ts';
import type { ProcessOut } from './status-out.ts';

export function createStatusOperations({
  storage,
  clock,
}: Pick<Context, 'storage' | 'clock'>): StatusOperations {
  return {
    async get() {
      const [processes, { waiting, oldestDueAt }] = await Promise.all([
        storage.fleet.processes(),
        storage.backlog(),
      ]);
      const now = clock.scheduleNow();
      return {
        processes: processes.map((process) => toProcessOut(process, now)),
        backlog: {
          waiting,
          oldestDueAt: oldestDueAt === null ? null : new Date(oldestDueAt).toISOString(),
          lateMs: oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt),
        },
      };
    },
  };
}

function toProcessOut(process: FleetProcess, now: number): ProcessOut {
  const { startedAt, leaseUntil } = process;
  return {
    ...process,
    startedAt: new Date(startedAt).toISOString(),
    leaseUntil: leaseUntil === null ? null : new Date(leaseUntil).toISOString(),
    isAlive: leaseUntil === null || leaseUntil > now,
  };
}
