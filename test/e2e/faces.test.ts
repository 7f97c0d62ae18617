import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { shared } from '../support/shared.ts';

let server: ApiServer;
let host: string;

beforeAll(async () => {
  const { folder } = await shared('faces');
  server = await startApiServer({
    corsOrigins: ['*'],
    faces: { folder, signIn: () => Promise.resolve('the token') },
  });
  host = new URL(server.url).host;
});
afterAll(() => server.stop());

it('serves the console under a policy without inline scripts, outside hosts and frames', async () => {
  const nonces = new Set<string>();
  for (const path of ['/', '/applications', '/applications/app_1/endpoints/ep_1?tab=messages']) {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*|data:/);
    const [, nonce = ''] = /'nonce-([\w+/=]{24})'/.exec(policy) ?? [];
    nonces.add(nonce);
    const page = await response.text();
    expect(page).toContain(`nonce="${nonce}"`);
    expect(page).not.toMatch(/CSP_NONCE|SIGN_IN|<script>|(src|href)="(https?:)?\/\//);
  }
  expect(nonces.size).toBe(3);
});

it('serves compressed assets that may be cached for ever, and no other files', async () => {
  const page = await (await fetch(server.url)).text();
  const [script = ''] = /\/faces\/assets\/[\w-]+\.js/.exec(page) ?? [];
  const byEncoding = await Promise.all(
    ['br, gzip', 'gzip', 'identity'].map(async (accepted) => {
      const response = await raw('GET', script, { 'accept-encoding': accepted });
      expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
      expect(response.headers.vary).toBe('Accept-Encoding');
      return response;
    }),
  );
  expect(byEncoding.map(({ headers }) => headers['content-encoding'])).toEqual([
    'br',
    'gzip',
    undefined,
  ]);
  const [brotli, , plain] = byEncoding;
  expect(brotliDecompressSync(Buffer.from(brotli?.body ?? '', 'latin1')).toString('latin1')).toBe(
    plain?.body,
  );
  for (const name of ['none.js', '..%2f..%2fconsole%2findex.html', '%2e%2e', 'a%00.js']) {
    expect((await raw('GET', `/faces/assets/${name}`)).status).toBe(404);
  }
  expect((await raw('POST', '/applications/x')).headers.allow).toBe('GET, HEAD, OPTIONS');
});

it.for(['/', '/portal'])('sends no more than 200 kB for the first page of %s', async (path) => {
  const page = await (await fetch(server.url + path)).text();
  const assets = [...page.matchAll(/\/faces\/assets\/[\w.-]+/g)].map(([path]) => path);
  const sizes = await Promise.all(
    assets.map(async (path) => {
      const { body } = await raw('GET', path, { 'accept-encoding': 'br' });
      return body.length;
    }),
  );
  // The styles, the picture and one script.
  expect(assets.length).toBe(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
});

it('gives the token of `dev` only to its own page on this machine', async () => {
  const own = { origin: `http://${host}` };
  const given = await raw('POST', '/sign-in', own);
  expect([given.status, JSON.parse(given.body)]).toEqual([200, { token: 'the token' }]);
  expect(given.headers['cache-control']).toBe('no-store');
  const refused: readonly Record<string, string>[] = [
    // Requests from no page, or from a foreign page.
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: `https://${host}` },
    // A foreign name that resolves to this machine.
    { origin: 'http://evil.example', host: 'evil.example' },
    { origin: 'http://127.0.0.1.evil.example', host: '127.0.0.1.evil.example' },
    { origin: 'http://localhost.evil.example:80', host: 'localhost.evil.example:80' },
    // A request from elsewhere, by a proxy on this machine.
    { ...own, 'x-forwarded-for': '203.0.113.7' },
    { ...own, forwarded: 'for=203.0.113.7' },
    { ...own, via: '1.1 proxy' },
  ];
  for (const headers of refused) {
    const { status, body } = await raw('POST', '/sign-in', headers);
    expect([status, headers]).toEqual([403, headers]);
    expect(body).not.toContain('the token');
  }
  expect((await raw('GET', '/sign-in', own)).status).toBe(405);
});

it('without a build says how to make one, and without `dev` signs nobody in', async () => {
  const plain = await startApiServer({ faces: { folder: '/nonexistent' } });
  const response = await fetch(plain.url);
  expect(response.status).toBe(503);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).toContain('run <code>npm run build</code>');
  const { host: plainHost, origin } = new URL(plain.url);
  const signIn = await fetch(`${plain.url}/sign-in`, {
    method: 'POST',
    headers: { origin, host: plainHost },
  });
  expect(signIn.status).toBe(404);
  await plain.stop();
});

/** Sends the headers unchanged, and does not decode the answer. */
async function raw(method: string, path: string, headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(server.url + path, { method, headers }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  response.setEncoding('latin1');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
