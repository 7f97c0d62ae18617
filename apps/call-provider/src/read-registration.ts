import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from '@posthaste/app-kit/api-error';
import { SECRET_FORM, isSecret } from '@posthaste/app-kit/secret';

export interface Registration {
  readonly name: string;
  readonly callbackURL: string;
  /** Signs the events; null: the server makes one. */
  readonly secret: string | null;
}

const SECRET_HEADER = 'webhook-secret';

/**
 * The registration in a request, or everything that is wrong with it. The secret comes in a header,
 * because providers of this kind that don't sign may refuse a third member of the body.
 */
export function readRegistration(
  body: unknown,
  headers: IncomingHttpHeaders,
): Registration | readonly ApiError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return [{ errorCode: 'INVALID_BODY', message: 'a registration is a JSON object' }];
  }
  const { name, callbackURL, ...more } = body as Record<string, unknown>;
  const secret = headers[SECRET_HEADER] ?? more['secret'] ?? null;
  const errors: ApiError[] = [];
  if (!isName(name)) {
    errors.push({
      errorCode: 'INVALID_NAME',
      message: 'name must be a text of 3 to 255 characters',
    });
  }
  if (!isCallbackUrl(callbackURL)) {
    const message =
      'callbackURL must be an http:// or https:// URL of at most 255 characters, without blanks or a password';
    errors.push({ errorCode: 'INVALID_CALLBACK_URL', message });
  }
  if (secret !== null && !isSecret(secret)) {
    const message = `${SECRET_HEADER}, if given, must be ${SECRET_FORM}`;
    errors.push({ errorCode: 'INVALID_SECRET', message });
  }
  return errors.length > 0 ? errors : ({ name, callbackURL, secret } as Registration);
}

function isName(value: unknown): boolean {
  if (typeof value !== 'string' || !value.isWellFormed()) return false;
  const characterCount = Array.from(value).length;
  return characterCount >= 3 && characterCount <= 255;
}

function isCallbackUrl(value: unknown): boolean {
  // URL.parse ignores blanks and control characters.
  // oxlint-disable-next-line no-control-regex
  if (typeof value !== 'string' || value.length > 255 || /[\x00-\x20\x7f]/.test(value))
    return false;
  const url = URL.parse(value);
  if (url === null || url.hostname === '' || url.username !== '' || url.password !== '')
    return false;
  return url.protocol === 'http:' || url.protocol === 'https:';
}
