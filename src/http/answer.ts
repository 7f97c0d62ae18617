import type { FastifyReply } from 'fastify';

/** An answer with a JSON text as its body, ready to be written by any server. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. Never `content-length` or `date`: whoever writes the answer adds them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body is known to be ASCII, so it has as many bytes as characters. */
  readonly ascii?: boolean;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}
