import { randomBytes } from 'node:crypto';
import { generateSecret } from '../../domain/signatures.ts';
import { type Verifier, createVerifier } from '../../domain/verification.ts';

/** A receiver for trying things out: keeps the latest requests in memory, and answers as configured. */
export interface Inbox {
  /** Unguessable, because it gives access to the inbox. */
  readonly id: string;
  /** The signing secret for endpoints that send to the inbox. */
  readonly secret: string;
  readonly answer: InboxAnswer;
  /** Newest first. */
  readonly received: readonly InboxRequest[];
  /** How many requests have arrived since the start. */
  readonly count: number;
  receive(headers: Readonly<Record<string, string | string[] | undefined>>, body: Buffer): void;
  answerWith(answer: InboxAnswer): void;
  clear(): void;
}

export interface InboxAnswer {
  readonly status: number;
  readonly body: string;
}

export interface InboxRequest {
  readonly number: number;
  readonly at: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The first 64 Ki characters of the body. */
  readonly body: string;
  readonly isValid: boolean;
  /** Why the signature is not valid; empty when it is. */
  readonly detail: string;
  /** The status that the inbox answered with. */
  readonly status: number;
}

export function createInbox(now: () => number): Inbox {
  const secret = generateSecret();
  const verify: Verifier = createVerifier(secret);
  let answer: InboxAnswer = { status: 204, body: '' };
  let received: readonly InboxRequest[] = [];
  let count = 0;
  return {
    id: randomBytes(12).toString('hex'),
    secret,
    get answer() {
      return answer;
    },
    get received() {
      return received;
    },
    get count() {
      return count;
    },
    receive(headers, body) {
      const at = now();
      const verification = verify(body, headers, { now: at });
      const request: InboxRequest = {
        number: ++count,
        at,
        headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as const),
        body: body.toString('utf8').slice(0, BODY_CHARS),
        isValid: verification.ok,
        detail: verification.ok ? '' : verification.detail,
        status: answer.status,
      };
      received = [request, ...received.slice(0, KEPT - 1)];
    },
    answerWith: (given) => void (answer = given),
    clear: () => void (received = []),
  };
}

const KEPT = 100;
const BODY_CHARS = 64 * 1024;
