import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { HttpError } from './http-error.ts';

export function makeAdminToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Requires `Authorization: Bearer TOKEN`; answers 401 without a token, 403 to a wrong one. */
export function requireAdminToken(token: string): RequestHandler {
  const expected = digest(token);
  return (request, _response, next) => {
    const header = request.get('authorization') ?? '';
    const given = /^bearer +([\w.~+/-]+=*) *$/i.exec(header)?.[1];
    if (given === undefined) {
      const message = 'Send the admin token: "Authorization: Bearer TOKEN"';
      const headers = { 'WWW-Authenticate': 'Bearer realm="ip-notifier"' };
      throw new HttpError(401, 'UNAUTHORIZED', message, { headers });
    }
    // `timingSafeEqual` needs equal lengths, which digests have.
    if (!timingSafeEqual(digest(given), expected)) {
      throw new HttpError(403, 'FORBIDDEN', 'This is not the admin token');
    }
    next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
