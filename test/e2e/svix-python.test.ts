import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { installSvixPython, type SvixPython } from '../support/svix-python.ts';

/** The official Python client validates every answer: a missing field is an exception. */
const VERSIONS = ['1.84.1', '1.99.1', '2.9.1'];
const SCRIPTS = ['operations', 'methods'];

let app: HttpApp;
let missing: string | undefined;
let installed: SvixPython;

beforeAll(async () => {
  app = await startHttpApp({ retrySchedule: '0.01' });
  try {
    installed = await installSvixPython(VERSIONS);
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    missing = `needs python3 with pip, and packages from PyPI: ${String(error)}`;
  }
}, 150_000);
afterAll(() => app.close());

// Each has its own organization, so that they can run concurrently.
describe.concurrent('the Python package svix', () => {
  const runs = SCRIPTS.flatMap((script) => VERSIONS.map((version) => [version, script] as const));
  it.for(runs)('%s: %s.py', async ([version, script], { skip }) => {
    skip(missing !== undefined, missing);
    const organizationId = `org_${version}_${script}`;
    const token = (await app.tokens?.issue({ organizationId })) ?? '';
    const path = fileURLToPath(new URL(`svix-python/${script}.py`, import.meta.url));
    const { stdout } = await promisify(execFile)(installed.python, [path, app.url, token], {
      env: {
        PATH: process.env['PATH'],
        PYTHONPATH: installed.modules.get(version),
        // Methods that are deprecated are tried too.
        PYTHONWARNINGS: 'ignore::DeprecationWarning',
      },
      // All start at the same time and compile their modules.
      timeout: 90_000,
    });
    expect(stdout).toBe(`svix ${version}: ok\n`);
  });
});
