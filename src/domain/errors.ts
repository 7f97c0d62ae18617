/**
 * All errors that callers can get, by code. The code is stable and machine-readable; `status` is the HTTP
 * status; `retryable` says whether the same call can succeed later without a change.
 * `docs/errors.md` lists the same table, and a test holds the two equal.
 */
export const ERRORS = {
  validation: {
    status: 422,
    retryable: false,
    cause: 'A field of the request is missing or malformed.',
  },
  authentication_failed: {
    status: 401,
    retryable: false,
    cause:
      "The bearer token is missing, malformed, expired, revoked or not signed with this server's secret.",
  },
  insufficient_permissions: {
    status: 403,
    retryable: false,
    cause: 'The token is valid, but lacks the right that the operation needs.',
  },
  not_found: {
    status: 404,
    retryable: false,
    cause: 'No such object, or it belongs to another organization or application.',
  },
  malformed_request: {
    status: 400,
    retryable: false,
    cause:
      'The request is not valid HTTP, such as one with two Host lines. 431: its headers are too large; 408: it did not arrive in time; 417: its Expect header is not supported.',
  },
  too_many_secrets: {
    status: 400,
    retryable: false,
    cause: 'Ten old secrets of the endpoint still sign. Wait until one expires.',
  },
  missing_payload: {
    status: 400,
    retryable: false,
    cause: 'The payload of the message was deleted, so it cannot be sent again.',
  },
  invalid_scheme: {
    status: 400,
    retryable: false,
    cause: 'The event type has no such example: its schemas have no `examples`.',
  },
  invalid_range: {
    status: 400,
    retryable: false,
    cause: 'The requested period is too long, or ends in the future.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    cause: 'The path exists, but not with this method. The Allow header lists its methods.',
  },
  conflict: {
    status: 409,
    retryable: false,
    cause:
      'An object with this uid, name or eventId exists already, or there were too many concurrent changes of the object.',
  },
  configuration_too_large: {
    status: 400,
    retryable: false,
    cause:
      'The organization has more event types, applications and endpoints than one document may hold: 10,000.',
  },
  not_ordered: {
    status: 409,
    retryable: false,
    cause: 'The endpoint is not ordered, so no delivery waits for another.',
  },
  not_the_head: {
    status: 409,
    retryable: false,
    cause:
      'An ordered endpoint does not wait for this message, or no longer does. Read its head again.',
  },
  task_ended: {
    status: 409,
    retryable: false,
    cause: 'The task has finished, failed or been cancelled: it can no longer be cancelled.',
  },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    cause: 'The idempotency key was used within 12 hours for another request.',
  },
  payload_too_large: {
    status: 413,
    retryable: false,
    cause: 'The request body is larger than the server accepts.',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    cause: 'The request body is not application/json.',
  },
  unsupported_content_encoding: {
    status: 415,
    retryable: false,
    cause: 'The request body is compressed. Send it without Content-Encoding.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    cause: 'The application publishes faster than its throttleRate.',
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    cause:
      'The database cannot be written or read now (disk full, read-only, corrupt, unreachable). Nothing was stored, unless the answer was lost after the commit.',
  },
  storage_rejected: {
    status: 500,
    retryable: false,
    cause: 'The database refused a value: a defect in Posthaste. Nothing of the call was stored.',
  },
  query_too_slow: {
    status: 503,
    retryable: true,
    cause:
      'Reading the list took too long. Request fewer rows, a narrower filter or a shorter period.',
  },
  stopping: {
    status: 503,
    retryable: true,
    cause: 'The process accepts no work: it is shutting down, or was not started.',
  },
  storage_locked: {
    status: 500,
    retryable: false,
    cause: 'Another process has the SQLite file open, or uses the target database of a copy.',
  },
  storage_too_new: {
    status: 500,
    retryable: false,
    cause: 'The database was migrated by a newer version of Posthaste.',
  },
  configuration: {
    status: 500,
    retryable: false,
    cause: 'A setting is missing or malformed.',
  },
  internal: {
    status: 500,
    retryable: false,
    cause: 'A defect in Posthaste. The log has the details under the request id.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; cause: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One error in an input: the field's place (`['body', 'url']`), a sentence, and its kind. */
export interface FieldError {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export class PosthasteError extends Error {
  override readonly name = 'PosthasteError';
  readonly code: ErrorCode;
  /** For `validation` and `idempotency_key_reused`: all field errors that were found, at least one. Otherwise empty. */
  readonly fieldErrors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; fieldErrors?: readonly FieldError[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fieldErrors = options.fieldErrors ?? [];
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

export function notFound(what: string, id: string): PosthasteError {
  return new PosthasteError('not_found', `${what} ${JSON.stringify(id)} does not exist`);
}

export function invalid(fieldErrors: readonly FieldError[]): PosthasteError {
  const summary = fieldErrors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
  return new PosthasteError('validation', summary, { fieldErrors });
}

/** `loc`: where the key was given. */
export function keyReused(loc: FieldError['loc'] = IN_HEADER): PosthasteError {
  const msg = 'was used for another request: a new request needs a new key';
  const type = 'value_error.idempotency_key_reused';
  return new PosthasteError('idempotency_key_reused', `The idempotency key ${msg}`, {
    fieldErrors: [{ loc, msg, type }],
  });
}

const IN_HEADER = ['header', 'idempotency-key'];
