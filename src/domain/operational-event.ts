/** What an organization can be told about its own installation, with the names of the Svix API. */
export const OPERATIONAL_EVENT_TYPES = {
  'endpoint.created': 'An endpoint was created.',
  'endpoint.updated': 'An endpoint was changed, or got other headers or secrets.',
  'endpoint.deleted': 'An endpoint was deleted.',
  'endpoint.enabled': 'A disabled endpoint was enabled.',
  'endpoint.failing': 'An endpoint is half, or three quarters, of the way to being disabled.',
  'endpoint.disabled':
    'An endpoint was disabled: by a person, because it failed for too long, or because it said that it is gone.',
  'background_task.finished': 'A background task has finished, failed or was cancelled.',
  'message.attempt.failing': 'The fourth attempt of a delivery failed, and another will follow.',
  'message.attempt.exhausted': 'The last attempt of a delivery failed.',
  'message.attempt.recovered': 'A delivery succeeded after its fourth attempt.',
} as const;

export type OperationalEventType = keyof typeof OPERATIONAL_EVENT_TYPES;

/** Something that happened, on its way to become a message of the organization's own application. */
export interface OperationalEvent {
  /** The `eventId` of its message, made from its cause: what is told twice is one message. */
  readonly id: string;
  readonly type: OperationalEventType;
  /** Null: that of the application. */
  readonly organizationId: string | null;
  readonly applicationId: string;
  readonly endpointId: string;
  readonly createdAt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Operational webhooks are applications, endpoints and messages like all others, of this organization. An
 * application's `uid` is the id of the organization that its messages are about. The id is that of Svix's
 * server, so that what was set up there by its API works here.
 */
export const OPERATIONAL_ORGANIZATION = 'org_00000000000SvixManagement00';

/** What happens to operational endpoints is not told: that could go round for ever. */
export function isOperational(organizationId: string): boolean {
  return organizationId === OPERATIONAL_ORGANIZATION;
}
