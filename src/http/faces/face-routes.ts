import type { FastifyInstance, FastifyReply } from 'fastify';
import { randomBytes } from 'node:crypto';
import { PosthasteError } from '../../domain/errors.ts';
import { alsoVary } from '../answer.ts';
import { type BuiltFaces, type Face, openBuiltFaces } from './built-faces.ts';
import { signInRoute } from './sign-in-route.ts';

export interface FacesOptions {
  /** Makes a token for a console that is open on this machine; absent: users paste a token. */
  readonly signIn?: (() => Promise<string>) | undefined;
  /** The folder of the built faces; default: that of this package. */
  readonly folder?: string | undefined;
  readonly portal?: PortalOptions | undefined;
}

/** The look of the portal, and the origins that may frame it. */
export interface PortalOptions {
  readonly name: string | null;
  readonly logo: string | null;
  readonly color: string | null;
  readonly font: string | null;
  readonly hidesMaker: boolean;
  /** Origins whose pages may frame the portal; `*`: any. */
  readonly parents: readonly string[];
}

/**
 * The routes of the console and the portal. Pages and scripts come from the package; they get all data from the
 * API, with a token, like any other client.
 */
export function faceRoutes(
  server: FastifyInstance,
  { signIn, folder, portal = PLAIN_PORTAL }: FacesOptions = {},
): void {
  const faces = openBuiltFaces(folder);
  for (const path of CONSOLE_PATHS) {
    server.get(path, (_request, reply) =>
      sendPage(reply, faces, {
        face: 'console',
        signIn: signIn ? 'by-itself' : 'by-token',
        frames: "'none'",
        images: "'self'",
      }),
    );
  }
  const { parents, ...look } = portal;
  for (const path of ['/portal', '/portal/*']) {
    server.get(path, (_request, reply) =>
      sendPage(reply, faces, {
        face: 'portal',
        signIn: 'by-token',
        frames: parents.length === 0 ? "'none'" : parents.join(' '),
        images: look.logo === null ? "'self'" : `'self' ${new URL(look.logo).origin}`,
        look: JSON.stringify(look),
      }),
    );
  }
  server.get<{ Params: { name: string } }>('/faces/assets/:name', async (request, reply) => {
    const { name } = request.params;
    const asset = await faces.asset(name, request.headers['accept-encoding'] ?? '');
    if (asset === null) throw new PosthasteError('not_found', 'No such file');
    if (asset.encoding !== null) reply.header('content-encoding', asset.encoding);
    return alsoVary(reply, 'Accept-Encoding')
      .headers({ ...SECURED, 'cache-control': FOR_EVER })
      .type(TYPES[name.slice(name.lastIndexOf('.'))] ?? 'application/octet-stream')
      .send(asset.bytes);
  });
  if (signIn) signInRoute(server, signIn);
}

/** The sections of the console: the first word of each of its paths (`faces/console/routes.tsx`). */
const CONSOLE_PATHS = [
  '/',
  ...[
    'applications',
    'messages',
    'repair',
    'event-types',
    'operational-webhooks',
    'undelivered',
    'api-keys',
    'audit',
    'tasks',
    'settings',
  ].flatMap((section) => [`/${section}`, `/${section}/*`]),
];

interface PageOptions {
  readonly face: Face;
  readonly signIn: 'by-itself' | 'by-token';
  /** Origins that may frame this page: `frame-ancestors` of the policy. */
  readonly frames: string;
  /** Origins of pictures: `img-src` of the policy. */
  readonly images: string;
  /** For the portal: attributes that set the page's look. */
  readonly look?: string;
}

async function sendPage(
  reply: FastifyReply,
  faces: BuiltFaces,
  { face, signIn, frames, images, look = '' }: PageOptions,
): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64');
  const page = await faces.page(face);
  return reply
    .code(page === null ? 503 : 200)
    .headers({
      ...SECURED,
      'content-security-policy': policy(nonce, frames, images),
      'cache-control': 'no-cache',
    })
    .type('text/html; charset=utf-8')
    .send(
      page
        ?.replaceAll('CSP_NONCE', nonce)
        .replace('SIGN_IN', signIn)
        .replace('PORTAL_LOOK', () => inAttribute(look)) ?? NOT_BUILT,
    );
}

/**
 * Scripts come from files of this server only. Style elements that the components make at run time
 * carry the nonce; styles in attributes are never parsed from HTML.
 */
function policy(nonce: string, frames: string, images: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src ${images}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frames}`,
  ].join('; ');
}

/** Escapes a configured name, so that it can't end the attribute. */
function inAttribute(text: string): string {
  return text.replaceAll(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const PLAIN_PORTAL: PortalOptions = {
  name: null,
  logo: null,
  color: null,
  font: null,
  hidesMaker: false,
  parents: [],
};

const SECURED = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const FOR_EVER = 'public, max-age=31536000, immutable';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Posthaste</title>
<p>This page is not built yet: run <code>npm run build</code> in the repository and reload.
The API is at work, and <a href="/docs">/docs</a> describes it.</p>
</html>
`;
