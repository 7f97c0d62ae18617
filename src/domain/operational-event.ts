/** The event types of operational webhooks, with the names of the Svix API. */
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

/** An operational event that will be published as a message of the organization's hidden application. */
export interface OperationalEvent {
  /** The `eventId` of its message, derived from the cause, so that an event stored twice becomes one message. */
  readonly id: string;
  readonly type: OperationalEventType;
  /** Null: the organization of the application. */
  readonly organizationId: string | null;
  readonly applicationId: string;
  readonly endpointId: string;
  readonly createdAt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The hidden organization that owns the applications, endpoints and messages of operational webhooks. An
 * application's `uid` is the id of the organization that its messages are about. Svix's server uses the same id,
 * so that programs written for its API work here.
 */
export const OPERATIONAL_ORGANIZATION = 'org_00000000000SvixManagement00';

/** There are no operational events about operational endpoints: these could cause each other for ever. */
export function isOperational(organizationId: string): boolean {
  return organizationId === OPERATIONAL_ORGANIZATION;
}
