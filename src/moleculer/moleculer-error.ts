import { Errors } from 'moleculer';
import { PosthasteError } from '../domain/errors.ts';

/** By field name of the operations: the action's parameter of another name. */
export type ParameterNames = Readonly<Record<string, string>>;

/**
 * Converts an error to Moleculer's classes, so that retry policies, circuit breakers and API gateways
 * handle it correctly on every node: an error of the caller is a client error, and an error after
 * which the same call can succeed is retryable. `type` is the code of `docs/errors.md` in capitals, except
 * `WEBHOOK_NOT_FOUND`, and `VALIDATION_ERROR`, the type that Moleculer's own validator uses.
 */
export function moleculerError(error: unknown, names: ParameterNames, webhookId?: string): unknown {
  if (!(error instanceof PosthasteError)) return error;
  const { code, status, message } = error;
  if (code === 'not_found' && webhookId !== undefined) {
    return new Errors.MoleculerClientError(
      `Webhook ${JSON.stringify(webhookId)} is not registered`,
      404,
      'WEBHOOK_NOT_FOUND',
      { id: webhookId },
    );
  }
  if (code === 'validation') return validationError(error, names);
  const type = code.toUpperCase();
  if (error.retryable) return new Errors.MoleculerRetryableError(message, status, type);
  return status < 500
    ? new Errors.MoleculerClientError(message, status, type)
    : new Errors.MoleculerError(message, status, type);
}

/** Not retryable, because the message was accepted: another call would publish it again. */
export function targetsUnknown(messageId: string, cause: unknown): Errors.MoleculerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Errors.MoleculerError(
    `The message ${messageId} was accepted, but its targets could not be counted: ${reason}`,
    500,
    'TARGETS_UNKNOWN',
    { messageId },
  );
}

function validationError(error: PosthasteError, names: ParameterNames): Errors.ValidationError {
  const fieldErrors = error.fieldErrors.map(({ loc, msg, type }) => {
    const path = loc.slice(1).join('.');
    const field = names[path] ?? path;
    return { type, field, message: `The '${field}' field ${msg}` };
  });
  const message = fieldErrors.map((each) => each.message).join('; ') || error.message;
  return new Errors.ValidationError(message, 'VALIDATION_ERROR', fieldErrors);
}
