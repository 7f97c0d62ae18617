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
    summary: 'Create and change the objects of a document, in one transaction',
    description:
      'Objects that are not in the document stay as they are. With `dry_run` or `with_changes` the answer lists the changes.',
    query: 'EnvironmentImportOptions',
    body: 'EnvironmentIn',
    answers: { 200: 'EnvironmentImportOut', 204: null },
  },
};
