import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { buildSvixGo, goVersion } from '../support/svix-go.ts';

/** The official Go client refuses kinds and statuses that it does not know, and empty answers. */
const VERSIONS = ['1.84.1', '1.99.1'];

let app: HttpApp;
let go: string | null;

beforeAll(async () => {
  app = await startHttpApp({ retrySchedule: '0.01' });
  go = await goVersion();
});
afterAll(() => app.close());

describe('the Go module svix-webhooks', () => {
  it.for(VERSIONS)('%s', { timeout: 150_000 }, async (version, { skip }) => {
    if (go === null) return skip('needs Go 1.23 or later, and modules from its proxy');
    const program = await buildSvixGo(go, version);
    const token = (await app.tokens?.issue({ organizationId: `org_${version}` })) ?? '';
    const { stdout } = await promisify(execFile)(program, [app.url, token], { timeout: 30_000 });
    expect(stdout).toBe(`svix ${version}: ok\n`);
  });
});
