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

/** Something that is counted before it is done; then it is a task with its progress. */
export interface Repair<In> {
  /** How many deliveries `start` would change, without changing any. */
  readonly count: (input: Omit<In, 'dryRun'>) => Promise<TaskCountOut>;
  readonly start: Act<Omit<In, 'dryRun'>, TaskStartedOut | undefined>;
}

/** What failed since a time and was not delivered. */
export function useRecover(endpoint: string): Repair<ReplayIn> {
  return useRepair('recover', endpoint);
}

/** What was published since a time, fits the filters of now, and was never owed to the endpoint. */
export function useReplayMissing(endpoint: string): Repair<ReplayIn> {
  return useRepair('replayMissing', endpoint);
}

/** Everything since a time, also what was delivered. */
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
