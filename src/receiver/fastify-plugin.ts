import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';

/** The part of a Fastify instance that the plugin uses; Fastify 4 and 5 have it. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  post(
    path: string,
    handler: (request: { readonly raw: IncomingMessage }, reply: ReplyLike) => Promise<unknown>,
  ): unknown;
}

interface ReplyLike {
  code(status: number): unknown;
  headers(headers: Readonly<Record<string, string>>): unknown;
  send(text: string): unknown;
  hijack(): unknown;
}

/** A plugin with the route `POST /`. `end` is called after each answer. */
export function createFastifyPlugin(
  receive: (request: IncomingMessage) => Promise<Answer | null>,
  end: (request: IncomingMessage) => void,
) {
  return (instance: FastifyLike, _options: unknown, done: () => void): void => {
    // Only for this plugin's route: Fastify must leave every body unread, whatever its type.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    instance.post('/', async (request, reply) => {
      const answer = await receive(request.raw);
      end(request.raw);
      if (answer === null) return reply.hijack();
      reply.code(answer.status);
      reply.headers(answer.headers);
      return reply.send(answer.text);
    });
    done();
  };
}
