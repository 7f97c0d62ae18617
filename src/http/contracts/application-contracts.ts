import type { Contracts } from './contract.ts';

export const APPLICATION_CONTRACTS: Contracts = {
  'GET /app': {
    id: 'v1.application.list',
    summary: 'List applications',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'ApplicationOut' } },
  },
  'POST /app': {
    id: 'v1.application.create',
    summary: 'Create an application',
    query: 'CreateApplicationOptions',
    body: 'ApplicationIn',
    answers: { 200: 'ApplicationOut', 201: 'ApplicationOut' },
  },
  'GET /app/:app_id': {
    id: 'v1.application.get',
    summary: 'Get an application',
    answers: { 200: 'ApplicationOut' },
  },
  'PUT /app/:app_id': {
    id: 'v1.application.update',
    summary: 'Replace an application, or create it',
    body: 'ApplicationIn',
    answers: { 200: 'ApplicationOut', 201: 'ApplicationOut' },
  },
  'PATCH /app/:app_id': {
    id: 'v1.application.patch',
    summary: 'Change fields of an application',
    body: 'ApplicationPatch',
    answers: { 200: 'ApplicationOut' },
  },
  'DELETE /app/:app_id': {
    id: 'v1.application.delete',
    summary: 'Delete an application',
    description: 'Pending deliveries to its endpoints are cancelled.',
    answers: { 204: null },
  },
};
