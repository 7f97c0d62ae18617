import { isDeepStrictEqual } from 'node:util';
import type { Application } from '../../domain/application.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { EventType } from '../../domain/event-type.ts';
import {
  DEFAULT_ORGANIZATION_SETTINGS,
  type OrganizationSettings,
} from '../../domain/organization-settings.ts';
import { isOfListener } from '../../domain/listener.ts';
import type { RowChange } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import { codeError } from '../endpoints/endpoint-transformation.ts';
import { flagsOf } from '../event-types/feature-flags.ts';
import { changedSettings } from '../settings/create-settings-operations.ts';
import type { SettingsPatch } from '../settings/settings-schemas.ts';
import { fieldError } from '../validation.ts';
import { planEndpoint } from './plan-endpoint.ts';
import {
  DocumentErrors,
  type GivenApplication,
  type GivenConfiguration,
  type GivenEventType,
} from './read-document.ts';
import { allApplications, allEventTypes } from './read-organization.ts';
import { type Identified, type StoredRows, createStoredRows } from './stored-rows.ts';

export interface ImportPlan {
  /** Null: the settings stay as they are. */
  settings: { readonly found: OrganizationSettings; readonly edited: OrganizationSettings } | null;
  readonly eventTypes: RowChange<EventType>[];
  readonly applications: RowChange<Application>[];
  readonly endpoints: RowChange<Endpoint>[];
  /** By endpoint id: the application and the name of the endpoint. */
  readonly names: Map<string, string>;
  readonly stored: StoredRows;
  unchanged: number;
}

interface Planning {
  readonly context: Context;
  readonly organizationId: string;
  readonly prune: boolean;
  readonly errors: DocumentErrors;
  readonly plan: ImportPlan;
}

/** Compares the document with the stored objects. Throws `validation`. */
export async function planImport(
  context: Context,
  organizationId: string,
  document: GivenConfiguration,
  prune: boolean,
): Promise<ImportPlan> {
  const errors = new DocumentErrors();
  const plan: ImportPlan = {
    settings: null,
    eventTypes: [],
    applications: [],
    endpoints: [],
    names: new Map(),
    stored: createStoredRows(context.storage, organizationId),
    unchanged: 0,
  };
  const planning = { context, organizationId, prune, errors, plan };
  if (document.settings !== null) await planSettings(planning, document.settings);
  if (document.eventTypes !== null) await planEventTypes(planning, document.eventTypes);
  if (document.applications !== null) {
    await refuseUnknownEventTypes(planning, document);
    await planApplications(planning, document.applications);
  }
  errors.throwIfAny();
  return plan;
}

async function planSettings(
  { context, organizationId, plan }: Planning,
  given: SettingsPatch,
): Promise<void> {
  const found =
    (await context.storage.organizationSettings.get(organizationId)) ??
    DEFAULT_ORGANIZATION_SETTINGS;
  const edited = changedSettings(found, given);
  if (isDeepStrictEqual(found, edited)) plan.unchanged++;
  else plan.settings = { found, edited };
}

async function planEventTypes(planning: Planning, given: readonly GivenEventType[]) {
  const { context, organizationId, prune, plan } = planning;
  const { storage, clock } = context;
  for (const { given: it, place } of given) {
    const featureFlags = planning.errors.collect(place, () => flagsOf(it)) ?? undefined;
    const found = await storage.eventTypes.get(organizationId, it.name);
    const edited: EventType = {
      ...(found ?? newEventType(organizationId, clock.now())),
      name: it.name,
      description: it.description,
      ...(typeof it.archived === 'boolean' && { archived: it.archived }),
      ...(typeof it.deprecated === 'boolean' && { deprecated: it.deprecated }),
      ...(featureFlags !== undefined && { featureFlags }),
      ...(it.groupName !== undefined && { groupName: it.groupName }),
      ...(it.schemas !== undefined && { schemas: it.schemas }),
    };
    plan.unchanged += addChange(plan.eventTypes, found, edited, clock.now());
  }
  if (!prune) return;
  const names = new Set(given.map(({ given: { name } }) => name));
  for (const found of await allEventTypes(storage, organizationId)) {
    if (found.archived || names.has(found.name)) continue;
    addChange(plan.eventTypes, found, { ...found, archived: true }, clock.now());
  }
}

async function planApplications(planning: Planning, given: readonly GivenApplication[]) {
  const { context, organizationId, prune, plan } = planning;
  const { storage, clock } = context;
  const kept = new Set<string>();
  for (const one of given) {
    const identified = await plan.stored.application(one.given);
    const { found } = identified;
    const edited = applicationOf(one, identified, planning);
    if (kept.has(edited.id)) {
      planning.errors.add(fieldError(TWICE, 'body', ...one.place));
      continue;
    }
    kept.add(edited.id);
    plan.names.set(edited.id, one.given.uid ?? edited.id);
    plan.unchanged += addChange(plan.applications, found, edited, clock.now());
    if (one.endpoints !== null) await planEndpoints(planning, one, found, edited);
  }
  if (!prune) return;
  for (const found of await allApplications(storage, organizationId)) {
    if (kept.has(found.id)) continue;
    plan.names.set(found.id, found.uid ?? found.id);
    plan.applications.push({ kind: 'delete', found });
  }
}

function applicationOf(
  { given }: GivenApplication,
  { found, newId }: Identified<Application>,
  { context, organizationId }: Planning,
): Application {
  const now = context.clock.now();
  return {
    ...(found ?? {
      id: newId ?? context.ids.next('app'),
      organizationId,
      uid: given.uid ?? null,
      rateLimit: null,
      payloadRetentionDays: null,
      metadata: {},
      policy: {},
      createdAt: now,
      updatedAt: now,
    }),
    name: given.name,
    ...(given.throttleRate !== undefined && { rateLimit: given.throttleRate }),
    ...(given.payloadRetentionPeriod !== undefined && {
      payloadRetentionDays: given.payloadRetentionPeriod,
    }),
    ...(given.metadata !== undefined && { metadata: given.metadata ?? {} }),
    ...(given.policy !== undefined && { policy: given.policy ?? {} }),
  };
}

async function planEndpoints(
  planning: Planning,
  application: GivenApplication,
  found: Application | null,
  edited: Application,
): Promise<void> {
  const { context, prune, plan, errors } = planning;
  const stored = found === null ? [] : await plan.stored.endpointsOf(found.id);
  const kept = new Set<string>();
  for (const one of application.endpoints ?? []) {
    const { found: current, newId } = await plan.stored.endpoint(edited.id, stored, one.given);
    const planned = errors.collect(one.place, () =>
      planEndpoint(context, edited, current, newId, one.given),
    );
    if (planned === null) continue;
    if (kept.has(planned.id)) {
      errors.add(fieldError(TWICE, 'body', ...one.place));
      continue;
    }
    const code = one.given.transformation?.code;
    if (code && code !== current?.transformation?.code) {
      const wrong = await codeError(context, planned, code);
      const at = ['body', ...one.place, 'transformation', 'code'] as const;
      if (wrong !== null) errors.add(fieldError(wrong, ...at));
    }
    kept.add(planned.id);
    const name = one.given.uid ?? planned.id;
    plan.names.set(planned.id, `${edited.uid ?? edited.id}/${name}`);
    plan.unchanged += addChange(plan.endpoints, current, planned, context.clock.now());
  }
  if (!prune) return;
  for (const row of stored) {
    if (kept.has(row.id) || isOfListener(row)) continue;
    plan.names.set(row.id, `${edited.uid ?? edited.id}/${row.uid ?? row.id}`);
    plan.endpoints.push({ kind: 'delete', found: row });
  }
}

/** Event types that the stored endpoint names already may be missing, so that an export can be imported. */
async function refuseUnknownEventTypes(
  { context, organizationId, errors, plan }: Planning,
  { eventTypes, applications }: GivenConfiguration,
): Promise<void> {
  const { storage } = context;
  const inDocument = new Set(eventTypes?.map(({ given: { name } }) => name));
  for (const { given, endpoints } of applications ?? []) {
    const named = (endpoints ?? []).flatMap((one) =>
      (one.given.eventTypes ?? [])
        .map((name, index) => ({ name, index, one }))
        .filter(({ name }) => !inDocument.has(name) && !name.endsWith('.*')),
    );
    if (named.length === 0) continue;
    const { found: application } = await plan.stored.application(given);
    const stored = application === null ? [] : await plan.stored.endpointsOf(application.id);
    const names = [...new Set(named.map(({ name }) => name))];
    const known = new Set<string>();
    for (let from = 0; from < names.length; from += MOST_NAMES) {
      const some = names.slice(from, from + MOST_NAMES);
      for (const { name, archived } of await storage.eventTypes.existing(organizationId, some)) {
        if (!archived) known.add(name);
      }
    }
    for (const { name, index, one } of named) {
      if (known.has(name)) continue;
      if (application !== null) {
        const { found } = await plan.stored.endpoint(application.id, stored, one.given);
        if (found?.eventTypes?.includes(name)) continue;
      }
      const place = ['body', ...one.place, 'eventTypes', index] as const;
      errors.add(fieldError(`event type ${name} is neither in the document nor stored`, ...place));
    }
  }
}

const MOST_NAMES = 1_000;

const TWICE = 'is in the list twice: by its uid, and by its id';

function newEventType(organizationId: string, now: number) {
  return {
    organizationId,
    archived: false,
    deprecated: false,
    featureFlags: [],
    groupName: null,
    schemas: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** Adds the change of a row, if there is one; returns how many rows stay as they are. */
function addChange<T extends { readonly updatedAt: number }>(
  changes: RowChange<T>[],
  found: T | null,
  edited: T,
  now: number,
): number {
  if (found === null) changes.push({ kind: 'create', edited });
  else if (isDeepStrictEqual(found, edited)) return 1;
  else {
    const updatedAt = Math.max(now, found.updatedAt + 1);
    changes.push({ kind: 'update', found, edited: { ...edited, updatedAt } });
  }
  return 0;
}
