import { type Verification, createVerifier } from '../../domain/verification.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { Io } from '../io.ts';
import { readInput } from '../read-input.ts';
import { UserError } from '../user-error.ts';

export interface VerifyRequest {
  /** A file, or `-` for standard input. */
  readonly file: string;
  /** A match with one of them is enough. */
  readonly secrets: readonly string[];
  /** Lines in curl's form: `webhook-id: msg_…`. */
  readonly headers: readonly string[];
  /** Infinite: the time of the signature does not matter. */
  readonly toleranceSeconds: number;
}

/** Prints whether a body is signed with one of the secrets, or the exact reason why it is not. */
export async function verify(io: Io, request: VerifyRequest): Promise<void> {
  const { file, secrets, toleranceSeconds } = request;
  const headers = request.headers.map(readHeader);
  const verifier = verifierOf(secrets);
  const body = await readInput(file, 'the body', io);
  const result = verifier(body, headers, { toleranceSeconds });
  if (result.ok) {
    const { messageId, sentAt } = result;
    io.out(`valid: ${messageId}, signed at ${new Date(sentAt).toISOString()}\n`);
    return;
  }
  throw new UserError(
    `not valid (${result.reason}): ${causeOf(result.reason, request, body, headers) ?? result.detail}`,
  );
}

function verifierOf(secrets: readonly string[]): ReturnType<typeof createVerifier> {
  try {
    return createVerifier(secrets);
  } catch (error) {
    if (!(error instanceof PosthasteError)) throw error;
    const [reason = ''] = error.message.replace(/^secrets(\.\d+)?: /, '').split(';');
    throw new PosthasteError('configuration', `--secret ${reason}`);
  }
}

type Header = readonly [string, string];

function readHeader(line: string): Header {
  const [, name, value] = /^([^:]+):\s*(.*?)\s*$/s.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new PosthasteError('configuration', `--header ${line} must be written as name: value`);
  }
  return [name.trim(), value];
}

/** Tries the usual mistakes, and returns the one that would make the signature valid; null: none does. */
function causeOf(
  reason: (Verification & { ok: false })['reason'],
  { secrets, toleranceSeconds }: VerifyRequest,
  body: Buffer,
  headers: readonly Header[],
): string | null {
  const isValid = (candidate: Buffer, format: 'base64' | 'raw' = 'base64'): boolean => {
    try {
      const check = createVerifier(secrets, { format });
      return check(candidate, headers, { toleranceSeconds }).ok;
    } catch {
      return false;
    }
  };
  if (reason !== 'no_matching_signature') return null;
  if (isValid(body, 'raw')) {
    return 'the sender signs with the characters of the secret instead of the base64-decoded bytes';
  }
  for (const [candidate, cause] of variantsOf(body)) {
    if (!candidate.equals(body) && isValid(candidate)) return cause;
  }
  return body.length === 0 ? 'the body is empty: give it as it arrived' : null;
}

function* variantsOf(body: Buffer): Generator<readonly [Buffer, string]> {
  // latin1: one character per byte, so that a binary body works, too.
  const bytes = body.toString('latin1');
  const changed = (text: string) => Buffer.from(text, 'latin1');
  yield [
    changed(bytes.replace(/\r?\n$/, '')),
    'the body has a newline at its end that was not signed',
  ];
  yield [changed(`${bytes}\n`), 'the body lacks the newline at its end that was signed'];
  yield [changed(bytes.replaceAll('\r\n', '\n')), 'the line ends of the body were changed to CRLF'];
  yield [
    changed(bytes.replaceAll(/\r?\n/g, '\r\n')),
    'the line ends of the body were changed to LF',
  ];
  yield [
    changed(bytes.replace(/^\u00ef\u00bb\u00bf/, '')),
    'the body has a byte order mark that was not signed',
  ];
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      yield [
        Buffer.from(text),
        'the body was parsed and printed again: give the bytes as they arrived',
      ];
    }
  } catch {
    // The body is not JSON, so it can't have been parsed and printed again.
  }
}
