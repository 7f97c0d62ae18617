import { PosthasteError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { OperationalEvent } from '../../domain/operational-event.ts';
import type { KeptAnswer, RowChange } from '../../storage/storage.ts';
import type { ChangedObjects } from '../audit/new-audit.ts';
import type { Context } from '../context.ts';
import { changeOf, endedEvents, endpointEvent } from '../operational-webhooks/announcements.ts';
import type { Principal } from '../principal.ts';
import { type ImportPlan, planImport } from './plan-import.ts';
import type { GivenConfiguration } from './read-document.ts';

/** Most tries; each failed try means that another process made an edit. */
const TRIES = 5;

/**
 * Changes the organization to match the document, and returns `toOut` of the changes made or, with `dryRun`, of
 * the changes it would make. Throws `validation`, or `conflict` when others keep changing the same objects.
 */
export async function applyDocument<Out>(
  context: Context,
  principal: Principal,
  document: GivenConfiguration,
  { dryRun, prune }: { readonly dryRun: boolean; readonly prune: boolean },
  toOut: (plan: ImportPlan) => Out,
  keep?: (out: Out) => KeptAnswer | undefined,
): Promise<Out> {
  for (let triesLeft = TRIES; triesLeft > 0; triesLeft--) {
    const plan = await planImport(context, principal.organizationId, document, prune);
    const out = toOut(plan);
    if (dryRun || changedObjects(plan).length === 0) return out;
    if (await writePlan(context, principal, plan, keep?.(out))) return out;
  }
  throw new PosthasteError('conflict', 'Too many concurrent changes of the same object; try again');
}

/**
 * Runs the imports of an organization one after another in this process: they take seconds of CPU, and
 * concurrent ones would fail because of each other's edits.
 */
export function oneImport<T>(
  { editMutex }: Context,
  organizationId: string,
  run: () => Promise<T>,
): Promise<T> {
  return editMutex(`import of ${organizationId}`, run);
}

function eventOf(
  context: Context,
  change: RowChange<Endpoint>,
  now: number,
): OperationalEvent | undefined {
  const { announcements } = context;
  switch (change.kind) {
    case 'create':
      return endpointEvent(announcements, 'endpoint.created', change.edited);
    case 'update':
      return endpointEvent(announcements, changeOf(change.edited, change.found), change.edited);
    case 'delete':
      return endpointEvent(announcements, 'endpoint.deleted', {
        ...change.found,
        updatedAt: now,
      });
  }
}

async function writePlan(
  context: Context,
  principal: Principal,
  plan: ImportPlan,
  answer: KeptAnswer | undefined,
): Promise<boolean> {
  const { storage, clock } = context;
  const now = clock.now();
  const touched = new Map<string, string[]>();
  const ended: OperationalEvent[] = [];
  for (const change of plan.applications) {
    if (change.kind === 'create') continue;
    const { found } = change;
    // All endpoints, because the engine caches endpoints together with their application's policy.
    const endpoints = await plan.stored.endpointsOf(found.id);
    touched.set(
      found.id,
      endpoints.map((endpoint) => endpoint.id),
    );
    if (change.kind === 'delete') {
      ended.push(...endedEvents(context.announcements, found, endpoints, now));
    }
  }
  for (const { id, applicationId } of plan.endpoints.map(rowOf)) {
    touched.set(applicationId, [...(touched.get(applicationId) ?? []), id]);
  }
  const { eventTypes, applications, endpoints } = plan;
  const events = endpoints
    .map((row) => eventOf(context, row, now))
    .filter((event) => event !== undefined)
    .concat(ended);
  const audits = changedObjects(plan)
    .map((objects) => context.audit(principal, objects))
    .filter((entry) => entry !== undefined);
  const settings = plan.settings && {
    organizationId: principal.organizationId,
    edited: plan.settings.edited,
  };
  const change = { settings, eventTypes, applications, endpoints, events, now };
  try {
    return await storage.configuration.apply(change, answer, audits);
  } finally {
    context.payloadRules.forget();
    if (events.length > 0) context.announcements.kept();
    // Also after a failure: the commit may have happened, and only the answer was lost.
    for (const [applicationId, endpointIds] of touched) {
      context.endpointCache.invalidate(applicationId);
      for (const id of endpointIds) context.intake.endpointChanged(id);
    }
  }
}

/** The objects of the audit entry for one row. */
function changedObjects({
  settings,
  eventTypes,
  applications,
  endpoints,
}: ImportPlan): ChangedObjects[] {
  return [
    ...(settings === null ? [] : [{}]),
    ...eventTypes.map(rowOf).map(({ name }) => ({ eventType: name })),
    ...applications.map(rowOf).map(({ id }) => ({ applicationId: id })),
    ...endpoints.map(rowOf).map(({ id, applicationId }) => ({ applicationId, endpointId: id })),
  ];
}

export function rowOf<T>(change: RowChange<T>): T {
  return change.kind === 'create' ? change.edited : change.found;
}
