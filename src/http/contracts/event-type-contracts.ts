import type { Contracts } from './contract.ts';

export const EVENT_TYPE_CONTRACTS: Contracts = {
  'GET /event-type': {
    id: 'v1.event-type.list',
    summary: 'List event types',
    query: 'EventTypeListOptions',
    answers: { 200: { listOf: 'EventTypeOut' } },
  },
  'POST /event-type': {
    id: 'v1.event-type.create',
    summary: 'Create an event type, or restore an archived one',
    body: 'EventTypeIn',
    answers: { 201: 'EventTypeOut' },
  },
  'POST /event-type/import/openapi': {
    id: 'v1.event-type.import-openapi',
    summary: 'Create event types from the webhooks of an OpenAPI document',
    body: 'EventTypeImportOpenApiIn',
    answers: { 200: 'EventTypeImportOpenApiOut' },
  },
  'GET /event-type/export/openapi': {
    id: 'v1.event-type.export-openapi',
    summary: 'Export the event types as webhooks of an OpenAPI document',
    answers: { 200: 'EventTypeOpenApiOut' },
  },
  'GET /event-type/:event_type_name': {
    id: 'v1.event-type.get',
    summary: 'Get an event type',
    answers: { 200: 'EventTypeOut' },
  },
  'PUT /event-type/:event_type_name': {
    id: 'v1.event-type.update',
    summary: 'Replace an event type, or create it',
    body: 'EventTypeUpdate',
    answers: { 200: 'EventTypeOut', 201: 'EventTypeOut' },
  },
  'PATCH /event-type/:event_type_name': {
    id: 'v1.event-type.patch',
    summary: 'Change fields of an event type',
    body: 'EventTypePatch',
    answers: { 200: 'EventTypeOut' },
  },
  'DELETE /event-type/:event_type_name': {
    id: 'v1.event-type.delete',
    summary: 'Archive an event type, or remove it',
    query: 'DeleteEventTypeOptions',
    answers: { 204: null },
  },
};
