import type { FastifyInstance } from 'fastify';
import { PosthasteError } from '../domain/errors.ts';
import { sendAnswer } from './answer.ts';
import type { Cors } from './cors.ts';
import { answerOf } from './errors.ts';

/**
 * Answers requests that match no route: OPTIONS with `Allow` where the path exists, 405 with `Allow` for
 * other methods of it, and 404 elsewhere. Must be called before the routes are registered.
 */
export function answerUnknownPaths(server: FastifyInstance, cors: Cors): void {
  const methodsByPath = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  server.addHook('onRoute', ({ url, method }) => {
    const known = methodsByPath.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) known.methods.add(name);
    methodsByPath.set(url, known);
  });

  function allowedMethods(path: string): string[] {
    const methods = new Set<string>();
    for (const known of methodsByPath.values()) {
      if (path === '*' || known.pattern.test(path))
        known.methods.forEach((name) => methods.add(name));
    }
    return methods.size === 0 ? [] : [...methods, 'OPTIONS'].toSorted();
  }

  // Before the body is read: errors of the body don't matter at an unknown path. A reply must not be returned: it is
  // a thenable, and the request would go on when its connection ends before the answer.
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const { method } = request;
    const allowed = allowedMethods(pathOf(request.url));
    if (allowed.length === 0) {
      sendAnswer(reply, answerOf(new PosthasteError('not_found', 'No such path')));
      return;
    }
    const allow = allowed.join(', ');
    if (method === 'OPTIONS') {
      cors.markPreflight(request, reply, allow);
      void reply.header('allow', allow).code(204).send();
      return;
    }
    const error = new PosthasteError('method_not_allowed', `Not ${method} at this path: ${allow}`);
    sendAnswer(reply.header('allow', allow), answerOf(error));
  });
}

/** The path as the router reads it: decoded, without query and fragment; the target may be an absolute URL. */
function pathOf(target: string): string {
  const path = target.replace(ORIGIN, '').split(/[?#]/, 1)[0] || '/';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** `/app/:app_id` → `/app/` and one segment, with or without a slash at the end; `*` is any rest. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : RegExp.escape(part);
  });
  return new RegExp(`^${segments.join('/')}/?$`, 's');
}
