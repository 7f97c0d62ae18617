import type { Contracts } from './contract.ts';

const ONE = '/app/:app_id/endpoint/:endpoint_id';

export const ENDPOINT_CONTRACTS: Contracts = {
  'GET /app/:app_id/endpoint': {
    id: 'v1.endpoint.list',
    summary: 'List endpoints',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'EndpointOut' } },
  },
  'POST /app/:app_id/endpoint': {
    id: 'v1.endpoint.create',
    summary: 'Create an endpoint',
    body: 'EndpointIn',
    answers: { 201: 'EndpointOut' },
  },
  [`GET ${ONE}`]: {
    id: 'v1.endpoint.get',
    summary: 'Get an endpoint',
    answers: { 200: 'EndpointOut' },
  },
  [`PUT ${ONE}`]: {
    id: 'v1.endpoint.update',
    summary: 'Replace an endpoint, or create it',
    description: 'Without `headers`, the headers of the endpoint stay as they are.',
    body: 'EndpointUpdate',
    answers: { 200: 'EndpointOut', 201: 'EndpointOut' },
  },
  [`PATCH ${ONE}`]: {
    id: 'v1.endpoint.patch',
    summary: 'Change fields of an endpoint',
    body: 'EndpointPatch',
    answers: { 200: 'EndpointOut' },
  },
  [`DELETE ${ONE}`]: {
    id: 'v1.endpoint.delete',
    summary: 'Delete an endpoint',
    description: 'Its pending deliveries are cancelled.',
    answers: { 204: null },
  },
  [`GET ${ONE}/secret`]: {
    id: 'v1.endpoint.get-secret',
    summary: 'Get the signing secret of an endpoint',
    description: 'For an ed25519 secret, the answer is the public key.',
    answers: { 200: 'EndpointSecretOut' },
  },
  [`POST ${ONE}/secret/rotate`]: {
    id: 'v1.endpoint.rotate-secret',
    summary: 'Replace the signing secret of an endpoint',
    description: 'The old secret signs as well until its grace period ends.',
    body: 'EndpointSecretRotateIn',
    bodyOptional: true,
    answers: { 200: 'EndpointSecretOut' },
  },
  [`GET ${ONE}/headers`]: {
    id: 'v1.endpoint.get-headers',
    summary: 'Get the headers of an endpoint',
    answers: { 200: 'EndpointHeadersOut' },
  },
  [`PUT ${ONE}/headers`]: {
    id: 'v1.endpoint.update-headers',
    summary: 'Replace the headers of an endpoint',
    body: 'EndpointHeadersIn',
    answers: { 204: null },
  },
  [`PATCH ${ONE}/headers`]: {
    id: 'v1.endpoint.patch-headers',
    summary: 'Change headers of an endpoint',
    body: 'EndpointHeadersPatchIn',
    answers: { 204: null },
  },
  [`GET ${ONE}/rate-limit-status`]: {
    id: 'v1.endpoint.get-throttling-status',
    summary: 'Tell whether deliveries of an endpoint wait because of its throttleRate',
    answers: { 200: 'EndpointThrottleRateStatusOut' },
  },
  [`GET ${ONE}/stats`]: {
    id: 'v1.endpoint.get-stats',
    summary: 'Count the attempts of an endpoint',
    query: 'EndpointStatsOptions',
    answers: { 200: 'EndpointStats' },
  },
  [`GET ${ONE}/attempt-stats`]: {
    id: 'v1.endpoint.get-attempt-stats',
    summary: 'Count the attempts of an endpoint that succeeded and failed',
    query: 'EndpointStatsOptions',
    answers: { 200: 'EndpointAttemptStats' },
  },
  [`POST ${ONE}/send-example`]: {
    id: 'v1.endpoint.send-example',
    summary: 'Publish an example of an event type to one endpoint',
    body: 'EventExampleIn',
    answers: { 200: 'MessageOut' },
  },
};
