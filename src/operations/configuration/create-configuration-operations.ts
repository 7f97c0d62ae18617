import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { OperationalEvent } from '../../domain/operational-event.ts';
import { DEFAULT_ORGANIZATION_SETTINGS } from '../../domain/organization-settings.ts';
import { changeOf, endpointEvent } from '../operational-webhooks/announcements.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { KeptAnswer, RowChange } from '../../storage/storage.ts';
import type { ChangedObjects } from '../audit/new-audit.ts';
import type { Context } from '../context.ts';
import { toEventTypeOut } from '../event-types/event-type-out.ts';
import { type Principal, lacking, rightsOf } from '../principal.ts';
import { check } from '../validation.ts';
import type { ConfigurationOperations } from './configuration-operations.ts';
import {
  type EnvironmentImportOut,
  exportOptions,
  importOptions,
} from './configuration-schemas.ts';
import { compareIdentity, toConfiguredApplication } from './export-configuration.ts';
import { type ImportPlan, planImport } from './plan-import.ts';
import { readDocument } from './read-document.ts';
import { allApplications, allEventTypes, refuseMoreThanDocument } from './read-organization.ts';

export function createConfigurationOperations(context: Context): ConfigurationOperations {
  const { storage, clock } = context;

  return {
    async export(principal, options = {}) {
      const { withSecrets } = check(exportOptions, options, 'query');
      if (withSecrets && !rightsOf(principal).has('endpoint-secret:read')) {
        throw lacking('endpoint-secret:read');
      }
      const { organizationId } = principal;
      const eventTypes = await allEventTypes(storage, organizationId);
      const found = await allApplications(storage, organizationId);
      let count = eventTypes.length + found.length;
      const applications = [];
      for (const application of found.toSorted(compareIdentity)) {
        const endpoints = await storage.endpoints.all(application.id);
        refuseMoreThanDocument((count += endpoints.length));
        applications.push(toConfiguredApplication(application, endpoints, withSecrets));
      }
      return {
        version: 1,
        createdAt: new Date(clock.now()).toISOString(),
        secrets: withSecrets ? 'included' : 'withheld',
        eventTypes: eventTypes.map(toEventTypeOut),
        applications,
        settings:
          (await storage.organizationSettings.get(organizationId)) ?? DEFAULT_ORGANIZATION_SETTINGS,
        connectors: [],
      };
    },

    async import(principal, input, options = {}, keep) {
      const { dryRun, prune } = check(importOptions, options, 'query');
      const document = await readDocument(context, input);
      for (let triesLeft = TRIES; triesLeft > 0; triesLeft--) {
        const plan = await planImport(context, principal.organizationId, document, prune);
        const out = toImportOut(plan, dryRun);
        if (dryRun || out.changes.length === 0) return out;
        if (await write(principal, plan, keep?.(out))) return out;
      }
      throw new PosthasteError('conflict', 'It is being changed by many at once; try again');
    },
  };

  function eventOf(change: RowChange<Endpoint>, now: number): OperationalEvent | undefined {
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

  async function write(
    principal: Principal,
    plan: ImportPlan,
    answer: KeptAnswer | undefined,
  ): Promise<boolean> {
    const touched = new Map<string, string[]>();
    for (const { id } of plan.applications.map(rowOf)) {
      // The delivery engine caches endpoints together with their application's policy.
      const endpoints = await storage.endpoints.all(id);
      touched.set(
        id,
        endpoints.map((endpoint) => endpoint.id),
      );
    }
    for (const { id, applicationId } of plan.endpoints.map(rowOf)) {
      touched.set(applicationId, [...(touched.get(applicationId) ?? []), id]);
    }
    const { eventTypes, applications, endpoints } = plan;
    const now = clock.now();
    const events = endpoints.map((row) => eventOf(row, now)).filter((event) => event !== undefined);
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
      // Also when it failed: an answer that was lost may belong to a commit that happened.
      for (const [applicationId, endpointIds] of touched) {
        context.endpointCache.invalidate(applicationId);
        for (const id of endpointIds) context.dispatch.endpointChanged(id);
      }
    }
  }
}

/** An entry of the audit for each row. */
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

/** Each lost try is another process's edit. */
const TRIES = 5;

function toImportOut(plan: ImportPlan, dryRun: boolean): EnvironmentImportOut {
  const nameOf = ({ id }: { id: string }) => plan.names.get(id) ?? id;
  const changes: EnvironmentImportOut['changes'] = [
    ...settingsChanges(plan),
    ...plan.eventTypes.map((change) => toChangeOut('eventType', change, ({ name }) => name)),
    ...plan.applications.map((change) => toChangeOut('application', change, nameOf)),
    ...plan.endpoints.map((change) => toChangeOut('endpoint', change, nameOf)),
  ];
  const countOf = (action: string) => changes.filter((change) => change.action === action).length;
  return {
    dryRun,
    created: countOf('create'),
    updated: countOf('update'),
    deleted: countOf('delete'),
    unchanged: plan.unchanged,
    changes,
  };
}

function settingsChanges({ settings }: ImportPlan): EnvironmentImportOut['changes'] {
  if (settings === null) return [];
  const fields = changedFields(settings.found, settings.edited);
  return [{ action: 'update', kind: 'settings', name: 'settings', fields }];
}

function toChangeOut<T extends object>(
  kind: EnvironmentImportOut['changes'][number]['kind'],
  change: RowChange<T>,
  nameOf: (row: T) => string,
): EnvironmentImportOut['changes'][number] {
  const name = nameOf(rowOf(change));
  const fields = change.kind === 'update' ? changedFields(change.found, change.edited) : [];
  return { action: change.kind, kind, name, fields };
}

function changedFields<T extends object>(found: T, edited: T): string[] {
  return (Object.keys(edited) as (keyof T & string)[])
    .filter((key) => key !== 'updatedAt' && !isDeepStrictEqual(found[key], edited[key]))
    .map((key) => WIRE_NAMES[key] ?? key);
}

const WIRE_NAMES: Readonly<Record<string, string>> = {
  rateLimit: 'throttleRate',
  payloadRetentionDays: 'payloadRetentionPeriod',
  secrets: 'secret',
};

function rowOf<T>(change: RowChange<T>): T {
  return change.kind === 'create' ? change.edited : change.found;
}
