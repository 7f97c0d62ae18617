import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithChromium } from '../support/browser.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

it('is served with a policy that allows nothing from other hosts', async () => {
  for (const path of ['/docs', '/docs/', '/docs/reference.js', '/docs/swagger-ui.css']) {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
  }
});

describeWithChromium('the reference page', (browser) => {
  it('shows every operation, without errors and without requests to other hosts', async () => {
    // The page renders only operations in view when there are many.
    const page = await browser().newPage({ viewport: { width: 1280, height: 16_000 } });
    const errors: string[] = [];
    const hosts = new Set<string>();
    page.on('console', (line) => line.type() === 'error' && errors.push(line.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    await page.goto(`${server.url}/docs`);
    await page.getByText('Publish a message', { exact: true }).click();
    await page.getByText('When the answer is sent, the message').waitFor();
    await page.getByText('rawPayload').first().waitFor();
    const operations = await page.locator('.opblock').count();
    const routes = server.routes.filter(
      ({ method, url }) => method !== 'HEAD' && url.startsWith('/api/v1'),
    );
    expect(operations).toBe(routes.length);
    expect(errors).toEqual([]);
    expect([...hosts].filter((host) => host !== 'null')).toEqual([server.url]);
    await page.close();
  });
});
