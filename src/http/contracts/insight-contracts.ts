import type { Contracts } from './contract.ts';

const OPERATIONAL = '/operational-webhook/endpoint';
const ONE = `${OPERATIONAL}/:endpoint_id`;

/** Statistics, undelivered deliveries, and operational webhooks. */
export const INSIGHT_CONTRACTS: Contracts = {
  'GET /stats/attempt': {
    id: 'v1.stats.organization-attempts',
    summary: 'Count accepted messages and attempts of all applications over time',
    query: 'AttemptStatisticsOptions',
    answers: { 200: 'AttemptStatisticsOut' },
  },
  'GET /stats/app/:app_id/attempt': {
    id: 'v1.stats.app-attempts',
    summary: 'Count accepted messages and attempts of an application over time',
    query: 'ApplicationStatisticsOptions',
    answers: { 200: 'AttemptStatisticsOut' },
  },
  'GET /stats/app/:app_id/endpoint/:endpoint_id/attempt': {
    id: 'v1.stats.endpoint-attempts',
    summary: 'Count the attempts of an endpoint by the hour or day',
    query: 'AttemptStatisticsOptions',
    answers: { 200: 'AttemptStatisticsOut' },
  },
  'GET /app/:app_id/stats/attempts': {
    id: 'v1.application.stats.attempts',
    summary: 'Count the attempts of an application by event type',
    query: 'ApplicationStatsOptions',
    answers: { 200: 'ApplicationStatsOut' },
  },
  'GET /app/stats/count-active': {
    id: 'v1.application.count-active',
    summary: 'Count the applications that have an endpoint',
    query: 'ActiveApplicationOptions',
    answers: { 200: 'ActiveApplicationOut' },
  },
  'GET /stats/endpoint/count': {
    id: 'v1.statistics.endpoint-count',
    summary: 'Count the endpoints of all applications',
    query: 'CountEndpointsOptions',
    answers: { 200: 'EndpointCountOut' },
  },
  'POST /stats/usage/app': {
    id: 'v1.statistics.aggregate-app-stats',
    summary: 'Count the attempts of each application',
    description: 'A background task: `appStats` in its `data` has the result.',
    body: 'AppUsageStatsIn',
    answers: { 202: 'AppUsageStatsOut' },
  },
  'PUT /stats/usage/event-types': {
    id: 'v1.statistics.aggregate-event-types',
    summary: 'Collect the event types that the endpoints of each application want',
    description: 'A background task: `event_types` in its `data` has the result.',
    answers: { 202: 'TaskStartedOut' },
  },
  'GET /undelivered': {
    id: 'v1.undelivered.list',
    summary: 'List undelivered deliveries of all applications',
    description: 'Deliveries whose attempts failed so far, or that were given up.',
    query: 'UndeliveredListOptions',
    answers: { 200: { listOf: 'UndeliveredOut' } },
  },
  'GET /undelivered/count': {
    id: 'v1.undelivered.count',
    summary: 'Count undelivered deliveries of all applications',
    query: 'UndeliveredFilter',
    answers: { 200: 'UndeliveredCountOut' },
  },
  'GET /app/:app_id/undelivered': {
    id: 'v1.application.list-undelivered',
    summary: 'List undelivered deliveries of an application',
    description: 'Deliveries whose attempts failed so far, or that were given up.',
    query: 'UndeliveredOfApplicationOptions',
    answers: { 200: { listOf: 'UndeliveredOut' } },
  },
  'GET /app/:app_id/undelivered/count': {
    id: 'v1.application.count-undelivered',
    summary: 'Count undelivered deliveries of an application',
    query: 'UndeliveredCountOfApplicationOptions',
    answers: { 200: 'UndeliveredCountOut' },
  },
  [`GET ${OPERATIONAL}`]: {
    id: 'v1.operational-webhook.endpoint.list',
    summary: 'List operational endpoints',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'EndpointOut' } },
  },
  [`POST ${OPERATIONAL}`]: {
    id: 'v1.operational-webhook.endpoint.create',
    summary: 'Create an operational endpoint',
    description:
      "It receives operational webhooks about the organization's endpoints and deliveries.",
    body: 'EndpointIn',
    answers: { 201: 'EndpointOut' },
  },
  [`GET ${ONE}`]: {
    id: 'v1.operational-webhook.endpoint.get',
    summary: 'Get an operational endpoint',
    answers: { 200: 'EndpointOut' },
  },
  [`PUT ${ONE}`]: {
    id: 'v1.operational-webhook.endpoint.upsert',
    summary: 'Replace an operational endpoint, or create it',
    body: 'EndpointUpdate',
    answers: { 200: 'EndpointOut', 201: 'EndpointOut' },
  },
  [`PATCH ${ONE}`]: {
    id: 'v1.operational-webhook.endpoint.patch',
    summary: 'Change fields of an operational endpoint',
    body: 'EndpointPatch',
    answers: { 200: 'EndpointOut' },
  },
  [`DELETE ${ONE}`]: {
    id: 'v1.operational-webhook.endpoint.delete',
    summary: 'Delete an operational endpoint',
    answers: { 204: null },
  },
  [`GET ${ONE}/secret`]: {
    id: 'v1.operational-webhook.endpoint.get-secret',
    summary: 'Get the signing secret of an operational endpoint',
    answers: { 200: 'EndpointSecretOut' },
  },
  [`POST ${ONE}/secret/rotate`]: {
    id: 'v1.operational-webhook.endpoint.rotate-secret',
    summary: 'Replace the signing secret of an operational endpoint',
    body: 'EndpointSecretRotateIn',
    bodyOptional: true,
    answers: { 200: 'EndpointSecretOut' },
  },
  [`GET ${ONE}/headers`]: {
    id: 'v1.operational-webhook.endpoint.get-headers',
    summary: 'Get the headers of an operational endpoint',
    answers: { 200: 'EndpointHeadersOut' },
  },
  [`PUT ${ONE}/headers`]: {
    id: 'v1.operational-webhook.endpoint.set-headers',
    summary: 'Replace the headers of an operational endpoint',
    body: 'EndpointHeadersIn',
    answers: { 204: null },
  },
};
