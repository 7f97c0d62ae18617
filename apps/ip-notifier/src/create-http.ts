// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles what they reject with
import express, { type Express, Router } from 'express';
import type { Logger } from 'pino';
import { requireAdminToken } from './admin-token.ts';
import {
  type FieldError,
  HttpError,
  answerErrors,
  methodNotAllowed,
  notFound,
} from './http-error.ts';
import { visitorAddress } from './visitor-address.ts';
import type { WebhooksClient } from './webhooks-client.ts';

export interface HttpOptions {
  readonly webhooks: WebhooksClient;
  readonly adminToken: string;
  /** A value of Express's `trust proxy`; null: no proxy is trusted. */
  readonly trustProxy: string | number | null;
  readonly log: Logger;
}

const ROUTES = {
  'GET /ip': 'answers your IP address and sends it to every registered webhook',
  'GET /health': 'whether the webhooks service can be reached',
  'POST /admin/webhooks': 'registers {"targetUrl": "https://…"}',
  'GET /admin/webhooks': 'all webhooks',
  'GET /admin/webhooks/:id': 'one webhook, with the secret that its requests are signed with',
  'PATCH /admin/webhooks/:id':
    'changes its URL: {"newTargetUrl": "https://…"}, or {"targetUrl": "https://…"}',
  'DELETE /admin/webhooks/:id': 'removes it',
};

export function createHttp({ webhooks, adminToken, trustProxy, log }: HttpOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  // Without etags no visit is answered "304 Not Modified".
  app.disable('etag');
  app.set('trust proxy', trustProxy ?? false);
  app.set('trust proxy', readingEveryForm(app.get('trust proxy fn')));

  app
    .route('/')
    .get((_request, response) => {
      response.json({ name: 'ip-notifier', routes: ROUTES });
    })
    .all(methodNotAllowed('GET'));

  app
    .route('/health')
    .get((_request, response) => {
      const isAvailable = webhooks.isAvailable();
      const status = isAvailable ? 'ok' : 'the webhooks service cannot be reached';
      response.status(isAvailable ? 200 : 503).json({ status });
    })
    .all(methodNotAllowed('GET'));

  app
    .route('/ip')
    // HEAD requests, as monitors and previews of links send them, are not visits.
    .head((_request, response) => void response.set('Cache-Control', 'no-store').type('json').end())
    .get(async (request, response) => {
      const ipAddress = visitorAddress(request.ip ?? '');
      if (ipAddress === null) {
        throw new HttpError(
          400,
          'NO_ADDRESS',
          'The X-Forwarded-For that arrived names no IP address',
        );
      }
      const { messageId } = await webhooks.trigger(ipAddress);
      response.set('Cache-Control', 'no-store').json({ ipAddress, messageId });
    })
    .all(methodNotAllowed('GET'));

  app.use('/admin', requireAdminToken(adminToken), adminRoutes(webhooks));
  app.use(notFound);
  app.use(answerErrors(log));
  return app;
}

type TrustsProxy = (address: string, hop: number) => boolean;

/** Express compares plain addresses: it would not recognize a proxy's address with a port or brackets. */
function readingEveryForm(trusts: TrustsProxy): TrustsProxy {
  return (address, hop) => trusts(visitorAddress(address) ?? address, hop);
}

function adminRoutes(webhooks: WebhooksClient): Router {
  const router = Router();
  // What is JSON and no object is refused as that, by name.
  const json = express.json({ limit: '128kb', strict: false });

  router
    .route('/webhooks')
    .post(requireJson, json, async ({ body }, response) => {
      const targetUrl = targetUrlOf(body, ['targetUrl']);
      const { id } = await webhooks.register(targetUrl);
      const shown = { id, targetUrl: shownUrl(targetUrl) };
      response.status(201).location(`/admin/webhooks/${id}`).json(shown);
    })
    .get(async (_request, response) => {
      response.json(await webhooks.list());
    })
    .all(methodNotAllowed('GET, POST'));

  router
    .route('/webhooks/:id')
    .get(async ({ params }, response) => {
      response.set('Cache-Control', 'no-store').json(await webhooks.get(params.id));
    })
    .patch(requireJson, json, async ({ params, body }, response) => {
      response.json(
        await webhooks.update(params.id, targetUrlOf(body, ['targetUrl', 'newTargetUrl'])),
      );
    })
    .delete(async ({ params }, response) => {
      await webhooks.delete(params.id);
      response.status(204).end();
    })
    .all(methodNotAllowed('GET, PATCH, DELETE'));

  return router;
}

/** As the webhooks service shows it: in its usual form, and without a password. */
function shownUrl(targetUrl: string): string {
  const url = new URL(targetUrl);
  url.username = '';
  url.password = '';
  return url.href;
}

const requireJson: express.RequestHandler = (request, _response, next) => {
  if (request.is('json') === 'json') return next();
  throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send JSON: "Content-Type: application/json"');
};

/** The URL under one of its names. The webhooks service checks whether requests may be sent there. */
function targetUrlOf(body: unknown, names: readonly string[]): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError(
      400,
      'BAD_REQUEST',
      'The body must be a JSON object: {"targetUrl": "https://…"}',
    );
  }
  const given = Object.keys(body);
  const [name = 'targetUrl', ...others] = names.filter((one) => given.includes(one));
  const { [name]: targetUrl } = body as Record<string, unknown>;
  const errors: FieldError[] = [
    ...others.map((field) => ({ field, message: `is another name of ${name}; send one of them` })),
    ...given
      .filter((field) => !names.includes(field))
      .map((field) => ({ field, message: 'is not a known field' })),
  ];
  if (typeof targetUrl !== 'string' || targetUrl === '') {
    errors.unshift({ field: name, message: 'must be a URL, such as "https://example.com/"' });
  }
  if (errors.length > 0) {
    const message = errors.map((error) => `${error.field} ${error.message}`).join('; ');
    throw new HttpError(422, 'VALIDATION_ERROR', message, { faults: errors });
  }
  return targetUrl as string;
}
