import type { Contracts } from './contract.ts';

export const CONFIGURATION_CONTRACTS: Contracts = {
  'POST /environment/export': {
    id: 'v1.environment.export',
    summary: 'Export event types, applications and endpoints as one document',
    query: 'EnvironmentExportOptions',
    answers: { 200: 'EnvironmentOut' },
  },
  'POST /environment/import': {
    id: 'v1.environment.import',
    summary: 'Create and change what a document holds, in one transaction',
    description:
      'What the document leaves out stays as it is. With `dry_run` or `with_changes` the changes are answered.',
    query: 'EnvironmentImportOptions',
    body: 'EnvironmentIn',
    answers: { 200: 'EnvironmentImportOut', 204: null },
  },
};
