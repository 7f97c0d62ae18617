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
