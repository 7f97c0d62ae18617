import type { Contracts } from './contract.ts';

export const OTHER_CONTRACTS: Contracts = {
  'GET /status': {
    id: 'v1.status.get',
    summary: 'Show the processes and the backlog',
    answers: { 200: 'StatusOut' },
  },
  'GET /status/endpoint': {
    id: 'v1.status.endpoints',
    summary: 'List the endpoints that fail, are disabled or paused',
    description: 'Those of all applications, the longest so first; at most 100.',
    answers: { 200: 'TroubledEndpointsOut' },
  },
  'GET /status/app/:app_id/endpoint': {
    id: 'v1.endpoint.list-states',
    summary: 'Show how the deliveries to the endpoints of an application go',
    description:
      'When each is attempted next, and what slows it down: a breaker, a pause that it asked for, fewer requests at once.',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'EndpointStateOut' } },
  },
  'GET /status/app/:app_id/endpoint/:endpoint_id': {
    id: 'v1.endpoint.get-state',
    summary: 'Show how the deliveries to an endpoint go',
    description: 'When it is attempted next, and what slows it down.',
    answers: { 200: 'EndpointStateOut' },
  },
  'GET /status/settings': {
    id: 'v1.status.settings',
    summary: 'Show the settings in force',
    description: 'Those of the process that answers, and who set them. Secrets are left out.',
    answers: { 200: 'SettingsInForceOut' },
  },
  'GET /health': {
    id: 'v1.health.get',
    summary: 'Whether the process takes requests',
    open: true,
    answers: { 204: null },
  },
  'GET /health/ping': {
    id: 'v1.health.ping',
    summary: 'Whether the process takes requests',
    open: true,
    answers: { 204: null },
  },
  'GET /health/ready': {
    id: 'v1.health.ready',
    summary: 'Whether something can be stored',
    open: true,
    answers: { 204: null },
  },
  'GET /openapi.json': {
    id: 'v1.openapi.get',
    summary: 'This description',
    open: true,
    answers: { 200: 'Document' },
  },
};
