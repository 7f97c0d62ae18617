import { summaryOf } from '../domain/attempt-counts.ts';
import type { Application } from '../domain/application.ts';
import type { ApplicationUsage, SubscribedEventTypes, Task } from '../domain/task.ts';
import { HOUR_MS } from '../storage/storage.ts';
import type { StepParts, StepResult } from './step.ts';

/** Reads the next applications of an organization, and adds their figures to the result of the task. */
export async function surveyStep(
  parts: StepParts,
  task: Task,
  end: (reason: string | null) => Promise<unknown>,
): Promise<StepResult> {
  const { storage, clock, limits } = parts;
  if (task.resultChars > limits.resultChars) {
    await end(`the result is longer than ${limits.resultChars} characters`);
    return 'ended';
  }
  const asked = await nextApplications(parts, task, applicationsAtOnce(task, limits));
  const to = asked.ids.at(-1);
  if (to === undefined) {
    await end(null);
    return 'ended';
  }
  const entries = await Promise.all(
    asked.found.map((application) =>
      task.kind === 'application.stats'
        ? usageOf(parts, application, task)
        : eventTypesOf(parts, application),
    ),
  );
  const scannedCount = asked.ids.length;
  const move = { taskId: task.id, from: task.cursor, to, scannedCount, at: clock.now() };
  return (await storage.tasks.advance(move, entries)) ? 'moved' : 'ended';
}

/** The next applications after the cursor, by id: the selected ones, or all of the organization. */
async function nextApplications(
  { storage }: StepParts,
  { organizationId, selection: { applicationIds }, cursor }: Task,
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly found: readonly Application[] }> {
  if (applicationIds === undefined) {
    const { data } = await storage.applications.list(organizationId, {
      limit,
      order: 'ascending',
      ...(cursor !== null && { after: cursor }),
    });
    return { ids: data.map(({ id }) => id), found: data };
  }
  const ids = applicationIds.filter((id) => cursor === null || id > cursor).slice(0, limit);
  const found = await Promise.all(ids.map((id) => storage.applications.get(organizationId, id)));
  return { ids, found: found.filter((one) => one !== null) };
}

async function usageOf(
  { storage }: StepParts,
  { id, uid }: Application,
  { selection: { since, until } }: Task,
): Promise<ApplicationUsage> {
  const hours = { span: HOUR_MS, from: since ?? 0, until } as const;
  const { delivered, failed, exhausted } = summaryOf(
    (await storage.statistics.rollups([id], hours)).map(({ counts }) => counts),
  );
  return { appId: id, appUid: uid, messageDestinations: delivered + failed + exhausted };
}

async function eventTypesOf(
  { storage }: StepParts,
  { id }: Application,
): Promise<SubscribedEventTypes> {
  const wanted = (await storage.endpoints.all(id)).map(({ eventTypes }) => eventTypes);
  const named = new Set(wanted.flatMap((eventTypes) => eventTypes ?? []));
  return {
    appId: id,
    explicitlySubscribedEventTypes: [...named].toSorted(),
    hasCatchAllEndpoint: wanted.includes(null),
  };
}

/** Few applications at once for a long period, because each hour of an application costs a look-up. */
function applicationsAtOnce(
  { kind, selection: { since, until } }: Task,
  { changed, rollups }: StepParts['limits'],
): number {
  if (kind !== 'application.stats') return changed;
  const hours = Math.ceil((until - (since ?? 0)) / HOUR_MS);
  return Math.min(changed, Math.max(1, Math.floor(rollups / hours)));
}
