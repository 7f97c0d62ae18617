import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { PosthasteError, invalid } from '../domain/errors.ts';
import {
  type LongWork,
  type Principal,
  fieldError,
  missing,
  parseJson,
} from '../operations/operations.ts';

/**
 * Bodies are kept as text: a payload must be delivered exactly as it was written. A large one is read in its
 * turn, and what handles it begins in the same: parsing 1 MiB can take 40 ms, in which nothing else goes on.
 */
export function readJsonAsText(server: FastifyInstance, longWork: LongWork): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      const read = () => {
        if (isUtf8(body)) done(null, body.toString('utf8'));
        else done(invalid([fieldError('is not valid UTF-8', 'body')]));
      };
      if (isLarge(body)) void longWork.run(organizationOf(request), read);
      else read();
    },
  );
  // Clients that send all bodies in chunks, such as Go's, send neither length nor type with an empty body.
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    done(null, body.length === 0 ? undefined : OTHER_TYPE);
  });
  // Refused here, because an error of the content-type parser would close the connection.
  server.addHook('preValidation', ({ body }, _reply, done) => {
    done(body === OTHER_TYPE ? new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE() : undefined);
  });
}

/** Whether reading the body may take so long that it is `LongWork`. */
export function isLarge(body: { readonly length: number }): boolean {
  return body.length > LARGE;
}

const LARGE = 16 * 1024;

/** Requests that need no token share a turn. */
function organizationOf({ principal }: { principal?: Principal }): string {
  return principal?.organizationId ?? '';
}

/** Stands for a body that is not JSON. */
const OTHER_TYPE = Symbol('other type');

/** Refuses a compressed body before it is read: as text it would be invalid JSON. */
export function refuseCompressed(server: FastifyInstance): void {
  server.addHook('preParsing', ({ headers }, _reply, _payload, done) => {
    const { 'content-encoding': coding = '', 'content-length': length = '0' } = headers;
    const { 'transfer-encoding': transfer } = headers;
    if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') {
      return done(compressed(`transfer-encoding: ${transfer}`));
    }
    const isEmpty = length === '0' && transfer === undefined;
    done(isEmpty || IS_IDENTITY.test(coding) ? null : compressed(`content-encoding: ${coding}`));
  });
}

const IS_IDENTITY = /^(identity)?$/i;

function compressed(field: string): PosthasteError {
  return new PosthasteError(
    'unsupported_content_encoding',
    `The request body must be sent uncompressed, not with "${field}"`,
  );
}

export function textBody(request: FastifyRequest): string {
  const { body } = request;
  if (typeof body === 'string' && body !== '') return body;
  throw invalid([missing('is required: a JSON object', 'body')]);
}

export function jsonBody(request: FastifyRequest): unknown {
  return parseJson(textBody(request));
}

/** For operations whose input is optional. */
export function optionalJsonBody(request: FastifyRequest): unknown {
  return request.body === undefined || request.body === '' ? undefined : jsonBody(request);
}
