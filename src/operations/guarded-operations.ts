import type { ApiKeyOperations } from './api-keys/api-key-operations.ts';
import type { ApplicationOperations } from './applications/application-operations.ts';
import type { AttemptOperations } from './attempts/attempt-operations.ts';
import type { TaskOperations } from './background-tasks/task-operations.ts';
import type { AuditOperations } from './audit/audit-operations.ts';
import type { ConfigurationOperations } from './configuration/configuration-operations.ts';
import type { EndpointOperations } from './endpoints/endpoint-operations.ts';
import type { EventTypeOperations } from './event-types/event-type-operations.ts';
import type { ListenerOperations } from './listeners/listener-operations.ts';
import type { MessageOperations } from './messages/message-operations.ts';
import type { OperationalWebhookOperations } from './operational-webhooks/operational-webhook-operations.ts';
import type { OutboxOperations } from './outbox/outbox-operations.ts';
import type { PortalAccessOperations } from './portal-access/portal-access-operations.ts';
import type { SettingsOperations } from './settings/settings-operations.ts';
import type { StatisticsOperations } from './statistics/statistics-operations.ts';
import type { StatusOperations } from './status/status-operations.ts';
import type { UndeliveredOperations } from './undelivered/undelivered-operations.ts';

/** The operations that take a principal, by resource. Each needs a right (`OPERATION_RIGHTS`). */
export interface GuardedOperations {
  readonly applications: ApplicationOperations;
  readonly endpoints: EndpointOperations;
  readonly operationalWebhooks: OperationalWebhookOperations;
  readonly eventTypes: EventTypeOperations;
  readonly messages: MessageOperations;
  readonly attempts: AttemptOperations;
  readonly portalAccess: PortalAccessOperations;
  readonly apiKeys: ApiKeyOperations;
  readonly tasks: TaskOperations;
  readonly configuration: ConfigurationOperations;
  readonly settings: SettingsOperations;
  readonly outbox: OutboxOperations;
  readonly statistics: StatisticsOperations;
  readonly status: StatusOperations;
  readonly undelivered: UndeliveredOperations;
  readonly audit: AuditOperations;
  readonly listeners: ListenerOperations;
}
