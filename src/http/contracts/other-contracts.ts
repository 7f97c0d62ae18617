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
    description:
      'Endpoints of all applications, at most 100; those that are in trouble for longest come first.',
    answers: { 200: 'TroubledEndpointsOut' },
  },
  'GET /status/app/:app_id/endpoint': {
    id: 'v1.endpoint.list-states',
    summary:
      'Show when the endpoints of an application are attempted next, and what slows them down',
    description:
      'An endpoint is slowed down by an open breaker, a pause that it asked for, or a smaller number of requests at once.',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'EndpointStateOut' } },
  },
  'GET /status/app/:app_id/endpoint/:endpoint_id': {
    id: 'v1.endpoint.get-state',
    summary: 'Show when an endpoint is attempted next, and what slows it down',
    answers: { 200: 'EndpointStateOut' },
  },
  'GET /status/settings': {
    id: 'v1.status.settings',
    summary: 'Show the settings in force',
    description:
      'The settings of the process that answers, and where each was set. Secrets are left out.',
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
