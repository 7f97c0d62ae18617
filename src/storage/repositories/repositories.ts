import { createSecretBox } from '../secret-box.ts';
import type { SecretBox } from '../secret-box.ts';
import type { Storage } from '../storage.ts';
import { apiKeyRepository } from './api-keys.ts';
import { applicationRepository } from './applications.ts';
import { auditRepository } from './audit.ts';
import { attemptRepository } from './attempts.ts';
import { configurationRepository } from './configuration.ts';
import { endpointRepository } from './endpoints.ts';
import { eventTypeRepository } from './event-types.ts';
import { keptAnswerRepository } from './kept-answers.ts';
import { listenerRepository } from './listeners.ts';
import { messageRepository } from './messages.ts';
import { operationalEventRepository } from './operational-events.ts';
import { revocationRepository } from './revocations.ts';
import type { SqlBackend } from './sql-backend.ts';
import { organizationSettingsRepository } from './organization-settings.ts';
import { statisticsRepository } from './statistics.ts';
import { taskRepository } from './tasks.ts';
import { undeliveredRepository } from './undelivered.ts';

export type Repositories = Pick<
  Storage,
  | 'backlog'
  | 'applications'
  | 'endpoints'
  | 'eventTypes'
  | 'messages'
  | 'attempts'
  | 'undelivered'
  | 'keptAnswers'
  | 'statistics'
  | 'operationalEvents'
  | 'tasks'
  | 'apiKeys'
  | 'revocations'
  | 'audit'
  | 'configuration'
  | 'organizationSettings'
  | 'listeners'
>;

/** The repositories of `Storage` over any SQL backend. */
export function createRepositories(
  backend: SqlBackend,
  secretBox: SecretBox = createSecretBox(null),
): Repositories {
  return {
    backlog: backend.backlog,
    applications: applicationRepository(backend, secretBox),
    endpoints: endpointRepository(backend, secretBox),
    eventTypes: eventTypeRepository(backend, secretBox),
    messages: messageRepository(backend, secretBox),
    attempts: attemptRepository(backend),
    undelivered: undeliveredRepository(backend, secretBox),
    keptAnswers: keptAnswerRepository(backend, secretBox),
    statistics: statisticsRepository(backend),
    operationalEvents: operationalEventRepository(backend),
    tasks: taskRepository(backend, secretBox),
    apiKeys: apiKeyRepository(backend, secretBox),
    revocations: revocationRepository(backend, secretBox),
    audit: auditRepository(backend),
    configuration: configurationRepository(backend, secretBox),
    organizationSettings: organizationSettingsRepository(backend),
    listeners: listenerRepository(backend, secretBox),
  };
}
