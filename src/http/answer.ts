import type { FastifyReply } from 'fastify';

/** An answer with a JSON text as its body, or without one, ready to be written by any server. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. Without `content-length` and `date`, which the code that writes the answer adds. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: no body. */
  readonly body: string;
  /** The body is known to be ASCII, so it has as many bytes as characters. */
  readonly ascii?: boolean;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Adds the name of a request header to `Vary`: the answer depends on it, too. */
export function alsoVary(reply: FastifyReply, name: string): FastifyReply {
  const others = reply.getHeader('vary');
  return reply.header('vary', others === undefined ? name : `${String(others)}, ${name}`);
}

export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.code(status);
  return body === '' ? reply.send() : reply.headers(headers).send(body);
}
