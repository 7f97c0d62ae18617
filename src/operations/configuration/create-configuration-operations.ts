import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_ORGANIZATION_SETTINGS } from '../../domain/organization-settings.ts';
import { isOfListener } from '../../domain/listener.ts';
import type { RowChange } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import { toEventTypeOut } from '../event-types/event-type-out.ts';
import { lacking, rightsOf } from '../principal.ts';
import { check } from '../validation.ts';
import type { ConfigurationOperations } from './configuration-operations.ts';
import {
  DOCUMENT_VERSION,
  type EnvironmentImportOut,
  exportOptions,
  importOptions,
} from './configuration-schemas.ts';
import { compareIdentity, toConfiguredApplication } from './export-configuration.ts';
import type { ImportPlan } from './plan-import.ts';
import { DocumentErrors, readDocument } from './read-document.ts';
import { allApplications, allEventTypes, refuseMoreThanDocument } from './read-organization.ts';
import { applyDocument, oneImport, rowOf } from './write-plan.ts';

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
        const stored = await storage.endpoints.all(application.id);
        const endpoints = stored.filter((endpoint) => !isOfListener(endpoint));
        refuseMoreThanDocument((count += endpoints.length));
        applications.push(toConfiguredApplication(application, endpoints, withSecrets));
      }
      return {
        version: DOCUMENT_VERSION,
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
      return oneImport(context, principal.organizationId, async () => {
        const errors = new DocumentErrors();
        const how = errors.collect([], () => check(importOptions, options, 'query'));
        const document = await readDocument(context, input, errors);
        const { dryRun = false, prune = false } = how ?? {};
        const toOut = (plan: ImportPlan) => toImportOut(plan, dryRun);
        return applyDocument(context, principal, document, { dryRun, prune }, toOut, keep);
      });
    },
  };
}

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
