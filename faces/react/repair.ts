import { useApi } from '../kit/api/api-context.tsx';
import type {
  BulkReplayIn,
  ReplayIn,
  TaskCountOut,
  TaskOut,
  TaskStartedOut,
} from '../kit/api/types.ts';
import { type List, type ListOptions, useList } from '../kit/hooks/use-list.ts';
import { type Act, useAct } from '../kit/hooks/use-act.ts';
import { usePortal } from './use-portal.ts';

/** A repair, which can be counted first and then runs as a task with progress. */
export interface Repair<In> {
  /** How many deliveries `start` would change, without changing any. */
  readonly count: (input: Omit<In, 'dryRun'>) => Promise<TaskCountOut>;
  readonly start: Act<Omit<In, 'dryRun'>, TaskStartedOut | undefined>;
}

/** Sends again the messages of which an attempt failed since a time and that are not delivered. */
export function useRecover(endpoint: string): Repair<ReplayIn> {
  return useRepair('recover', endpoint);
}

/** Sends the messages that were published since a time, match the present filters, and were never owed to the endpoint. */
export function useReplayMissing(endpoint: string): Repair<ReplayIn> {
  return useRepair('replayMissing', endpoint);
}

/** Sends again all messages since a time, also delivered ones. */
export function useReplay(endpoint: string): Repair<BulkReplayIn> {
  return useRepair('bulkReplay', endpoint);
}

/** Tasks of the application, newest first, with their progress. */
export function useTasks(options: ListOptions = {}): List<TaskOut> {
  const api = useApi();
  return useList(['tasks'], (page, signal) => api.tasks.list(page, signal), {
    refetchMs: 2_000,
    ...options,
  });
}

export function useCancelTask(): Act<string, TaskOut> {
  const api = useApi();
  return useAct((task) => api.tasks.cancel(task), [['tasks']]);
}

function useRepair<In extends ReplayIn>(
  kind: 'recover' | 'replayMissing' | 'bulkReplay',
  endpoint: string,
): Repair<In> {
  const { app } = usePortal();
  const api = useApi();
  const operation = api.endpoints[kind];
  return {
    count: (input) => operation.count(app, endpoint, input),
    start: useAct((input) => operation.start(app, endpoint, input), [['tasks']]),
  };
}
