import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Verification, createVerifier } from '../../domain/verification.ts';
import type { Io } from '../io.ts';
import { UserError } from '../user-error.ts';

export interface VerifyRequest {
  /** A file, or `-` for standard input. */
  readonly file: string;
  readonly secret: string;
  /** `webhook-id: msg_…`, as curl takes them. */
  readonly headers: readonly string[];
  /** Infinite: the time of the signature does not matter. */
  readonly toleranceSeconds: number;
}

/** Says whether a body is signed with a secret, and if it is not, exactly why. */
export async function verify(io: Io, request: VerifyRequest): Promise<void> {
  const body = await bodyOf(request.file, io);
  const headers = request.headers.map(readHeader);
  const verifier = createVerifier(request.secret);
  const options = { toleranceSeconds: request.toleranceSeconds };
  const result = verifier(body, headers, options);
  if (result.ok) {
    const { messageId, sentAt } = result;
    io.out(`valid: ${messageId}, signed at ${new Date(sentAt).toISOString()}\n`);
    return;
  }
  const cause = result.reason === 'no_matching_signature' ? causeOf(request, body, headers) : null;
  throw new UserError(`not valid (${result.reason}): ${cause ?? result.detail}`);
}

async function bodyOf(file: string, { stdin, cwd }: Io): Promise<Buffer> {
  if (file === '-') return buffer(stdin);
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw new UserError(`the body cannot be read: ${(error as Error).message}`);
  }
}

type Header = readonly [string, string];

function readHeader(line: string): Header {
  const [, name, value] = /^([^:]+):\s*(.*?)\s*$/s.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new UserError(`the header ${line} must be written as name: value`);
  }
  return [name.trim(), value];
}

/** What would make it valid, of what usually goes wrong; null when none of it does. */
function causeOf(
  { secret, toleranceSeconds }: VerifyRequest,
  body: Buffer,
  headers: readonly Header[],
): string | null {
  const text = body.toString('utf8');
  const isValid = (candidate: string, format: 'base64' | 'raw' = 'base64'): boolean => {
    try {
      const check: Verification = createVerifier(secret, { format })(candidate, headers, {
        toleranceSeconds,
      });
      return check.ok;
    } catch {
      return false;
    }
  };
  if (isValid(text, 'raw')) {
    return 'the sender signs with the characters of the secret, not with the bytes that they stand for';
  }
  for (const [candidate, cause] of variantsOf(text)) {
    if (candidate !== text && isValid(candidate)) return cause;
  }
  return null;
}

function variantsOf(text: string): readonly (readonly [string, string])[] {
  const variants: [string, string][] = [
    [text.replace(/\r?\n$/, ''), 'the body has a newline at its end that was not signed'],
    [`${text}\n`, 'the body lacks the newline at its end that was signed'],
    [text.replaceAll('\r\n', '\n'), 'the line ends of the body were changed to CRLF'],
    [text.replaceAll('\n', '\r\n'), 'the line ends of the body were changed to LF'],
    [text.replace(/^\ufeff/, ''), 'the body has a byte order mark that was not signed'],
  ];
  try {
    const value = JSON.parse(text) as unknown;
    const printed = 'the body was parsed and printed again: give the bytes as they arrived';
    variants.push([JSON.stringify(value), printed], [JSON.stringify(value, null, 2), printed]);
  } catch {
    // Only JSON is printed again.
  }
  return variants;
}
