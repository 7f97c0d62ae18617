import { reasonOf } from '../../domain/reason-of.ts';
import { PassingError, UserError } from '../user-error.ts';

export interface Asked {
  readonly server: string;
  /** The server in words: `the server of the profile staging`. */
  readonly source: string;
  readonly withinMs: number;
}

/** The error for a request without an answer, with the next step. A `PassingError` when waiting may help. */
export function unanswered(error: unknown, { server, source, withinMs }: Asked): UserError {
  const reason = reasonOf(error);
  const { code = '', name, port } = causeOf(error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new PassingError(
      `no answer from ${server} within ${withinMs / 1_000} s. Is ${source} overloaded, or behind a firewall?`,
    );
  }
  if (reason === 'bad port') {
    return new UserError(
      `HTTP clients refuse the port of ${server}, which other protocols use. Let the server listen on another port`,
    );
  }
  if (port !== undefined && port !== portOf(server)) {
    return new PassingError(`no answer from ${server} through the proxy: ${reason}`);
  }
  if (NO_TLS.test(code)) {
    return new UserError(`${server} does not speak TLS. Is it http://?`);
  }
  if (name === 'HTTPParserError') {
    return new UserError(`${server} does not answer in HTTP. Is it https://?`);
  }
  if (UNTRUSTED.test(code)) {
    return new UserError(
      `the certificate of ${server} is not trusted: ${reason}. NODE_EXTRA_CA_CERTS=FILE trusts an authority of your own`,
    );
  }
  if (UNKNOWN_NAME.test(code)) {
    return new PassingError(`no answer from ${server}: ${reason}. Is the name right?`);
  }
  return new PassingError(`no answer from ${server}: ${reason}. Is ${source} running?`);
}

const NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
const UNTRUSTED = /CERT|SELF_SIGNED|^UNABLE_TO_(GET_ISSUER|VERIFY)/;
const UNKNOWN_NAME = /^(ENOTFOUND|EAI_AGAIN)$/;

/** The error behind the generic error of `fetch`. */
function causeOf(error: unknown): NodeJS.ErrnoException & { readonly port?: number } {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? causeOf(cause) : (error as NodeJS.ErrnoException);
}

function portOf(server: string): number {
  const { port, protocol } = new URL(server);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
