import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid, notFound } from '../../domain/errors.ts';
import { type Operations, type Principal, fieldError } from '../../operations/operations.ts';
import { INBOX_SCRIPT, INBOX_STYLE, inboxPage } from './inbox-page.ts';
import type { Inbox } from './inbox.ts';

interface OfInbox {
  Params: { id: string };
}

/**
 * The inbox of `dev`: a receiver, its page, and a small API of the inbox. There is no token: the id of the inbox
 * gives access to everything in the inbox, and to nothing else.
 */
export function inboxRoutes(
  server: FastifyInstance,
  inbox: Inbox,
  operations: Pick<Operations, 'applications' | 'endpoints' | 'messages'>,
  principal: Principal,
): void {
  void server.register((routes, _options, done) => {
    // A receiver must get every body unparsed.
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    );
    routes.addHook('onRequest', (request, reply, next) => {
      void reply.headers(SECURITY);
      const { id } = request.params as Partial<OfInbox['Params']>;
      next(id === undefined || id === inbox.id ? undefined : notFound('Inbox', id));
    });

    routes.get('/inbox/inbox.css', (_request, reply) =>
      reply.type('text/css; charset=utf-8').send(INBOX_STYLE),
    );
    routes.get('/inbox/inbox.js', (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(INBOX_SCRIPT),
    );

    routes.get<OfInbox>('/inbox/:id', (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(inboxPage(inbox, url())),
    );

    routes.get<OfInbox>('/inbox/:id/received', () => {
      const { secret, answer, count, received } = inbox;
      return { url: url(), secret, answer, count, received };
    });

    routes.post<OfInbox>('/inbox/:id', (request, reply) => {
      inbox.receive(request.headers, bodyOf(request));
      const { status, body } = inbox.answer;
      return reply.code(status).type('text/plain; charset=utf-8').send(body);
    });

    routes.post<OfInbox>('/inbox/:id/answer', (request, reply) => {
      const form = new URLSearchParams(bodyOf(request).toString('utf8'));
      const status = Number(form.get('status'));
      if (!Number.isInteger(status) || status < 200 || status > 599) {
        throw invalid([fieldError('must be 200 to 599', 'body', 'status')]);
      }
      inbox.answerWith({ status, body: (form.get('body') ?? '').slice(0, 1_000) });
      return back(reply);
    });

    routes.post<OfInbox>('/inbox/:id/clear', (_request, reply) => {
      inbox.clear();
      return back(reply);
    });

    routes.post<OfInbox>('/inbox/:id/try', async (_request, reply) => {
      await sendOne();
      return back(reply);
    });
    done();
  });

  /** Publishes a test message; creates its application, endpoint and event type when they are missing. */
  async function sendOne(): Promise<void> {
    const { applications, endpoints, messages } = operations;
    await applications.create(
      principal,
      { name: 'Inbox', uid: APPLICATION },
      { getIfExists: true },
    );
    // The address and the secret change with each start.
    await endpoints.update(principal, APPLICATION, ENDPOINT, { url: url() });
    const { key } = await endpoints.getSecret(principal, APPLICATION, ENDPOINT);
    if (key !== inbox.secret) {
      const rotation = { key: inbox.secret, gracePeriodSeconds: 0 };
      await endpoints.rotateSecret(principal, APPLICATION, ENDPOINT, rotation);
    }
    await messages.create(principal, APPLICATION, {
      eventType: 'invoice.paid',
      payload: { invoice: `in_${inbox.count + 1}`, total: 4200 },
    });
  }

  function url(): string {
    return `${server.listeningOrigin}/inbox/${inbox.id}`;
  }

  function back(reply: FastifyReply): FastifyReply {
    return reply.redirect(`/inbox/${inbox.id}`, 303);
  }
}

const APPLICATION = 'inbox';
const ENDPOINT = 'inbox';

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
