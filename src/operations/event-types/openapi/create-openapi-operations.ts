import { visibleFlags } from '../../access.ts';
import { DocumentErrors, type GivenEventType } from '../../configuration/read-document.ts';
import { visibleEventTypes } from '../../configuration/read-organization.ts';
import type { ImportPlan } from '../../configuration/plan-import.ts';
import { applyDocument, oneImport, rowOf } from '../../configuration/write-plan.ts';
import type { Context } from '../../context.ts';
import { check, fieldError } from '../../validation.ts';
import type { EventTypeOperations } from '../event-type-operations.ts';
import { checkedEventTypeIn } from '../event-type-schemas.ts';
import { schemaErrors } from '../json-schema.ts';
import { exportWebhooks, idOf } from './export-webhooks.ts';
import { type EventTypeImportOpenApiOut, importOpenapiIn } from './openapi-schemas.ts';
import { readSpec } from './read-spec.ts';
import { type Webhook, readWebhooks } from './read-webhooks.ts';

export function createOpenapiOperations(
  context: Context,
): Pick<EventTypeOperations, 'importOpenapi' | 'exportOpenapi'> {
  return {
    async importOpenapi(principal, input, keep) {
      const given = check(importOpenapiIn, input, 'body');
      const { organizationId } = principal;
      return oneImport(context, organizationId, async () => {
        const webhooks = await readWebhooks(await readSpec(context, organizationId, given));
        const document = {
          settings: null,
          applications: null,
          eventTypes: await eventTypesOf(webhooks),
        };
        const dryRun = given.dryRun ?? false;
        const prune = given.replaceAll ?? false;
        const toOut = (plan: ImportPlan) => toImportOut(plan, dryRun);
        return applyDocument(context, principal, document, { dryRun, prune }, toOut, keep);
      });
    },

    async exportOpenapi(principal) {
      const { storage } = context;
      const flags = visibleFlags(principal);
      const all = await visibleEventTypes(storage, principal.organizationId, flags);
      return exportWebhooks(all.filter(({ archived }) => !archived));
    },
  };
}

/** Throws `validation` with every error of every webhook. */
async function eventTypesOf(webhooks: readonly Webhook[]): Promise<GivenEventType[]> {
  const errors = new DocumentErrors();
  const eventTypes: GivenEventType[] = [];
  const names = new Set<string>();
  for (const { place, ...webhook } of webhooks) {
    const { name } = webhook;
    const schemas = webhook.schemas && withoutOwnId(webhook.schemas, name);
    const given = errors.collect(place, () =>
      check(checkedEventTypeIn, { ...webhook, schemas, archived: false }, 'body'),
    );
    for (const error of await schemaErrors(schemas)) {
      errors.add({ ...error, loc: ['body', ...place, ...error.loc.slice(1)] });
    }
    if (names.has(name)) errors.add(fieldError('is there twice', 'body', ...place));
    names.add(name);
    if (given !== null) eventTypes.push({ place, given });
    if (eventTypes.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  errors.throwIfAny();
  return eventTypes;
}

/** Removes the `$id` that an export has added, so that importing an export changes nothing. */
function withoutOwnId(schemas: Readonly<Record<string, unknown>>, name: string) {
  return Object.fromEntries(
    Object.entries(schemas).map(([version, schema]) => {
      const { $id, ...others } = schema as { $id?: unknown };
      return [version, $id === idOf(name) ? others : schema];
    }),
  );
}

function toImportOut(plan: ImportPlan, dryRun: boolean): EventTypeImportOpenApiOut {
  const edited = plan.eventTypes.map((change) =>
    change.kind === 'delete' ? rowOf(change) : change.edited,
  );
  if (!dryRun) return { data: { modified: edited.map(({ name }) => name) } };
  const toModify = edited.map((eventType) => ({
    name: eventType.name,
    description: eventType.description,
    deprecated: eventType.deprecated,
    schemas: eventType.schemas && { ...eventType.schemas },
    groupName: eventType.groupName,
    featureFlags: eventType.featureFlags.length === 0 ? null : [...eventType.featureFlags],
    archived: eventType.archived,
  }));
  return { data: { modified: [], to_modify: toModify } };
}
