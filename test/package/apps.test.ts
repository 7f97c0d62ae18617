import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../support/app.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { shared } from '../support/shared.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Uses the apps as a reader does: an app and the kit are copied out of the repository, the package is installed from
 * its archive, and the app is started by its own script.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APPS = ['call-provider', 'call-center', 'ip-notifier'] as const;

describe.each([...APPS, 'kit'])('%s', (app) => {
  test('imports no path outside of its folder', () => {
    const folder = join(ROOT, 'apps', app);
    const outside = globSync('{src,test}/**/*.{ts,tsx}', { cwd: folder }).flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.\.?\/[^']*)'/g)]
        .map(([, path = '']) => resolve(folder, dirname(file), path))
        .filter((path) => !path.startsWith(folder + sep))
        .map((path) => `${file}: ${path}`);
    });
    expect(outside).toEqual([]);
  });
});

describe('copied out of the repository, with the packed package', () => {
  let folder: string;
  let packages: string;

  beforeAll(async () => {
    folder = realpathSync(newFolder());
    const { tarball } = await shared('package');
    packages = join(folder, 'node_modules');
    linkPackages(packages);
    await promisify(execFile)('tar', ['-xf', tarball, '-C', folder]);
    cpSync(join(folder, 'package'), join(packages, 'posthaste'), { recursive: true });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('an app alone gets the same versions as in the repository', () => {
    const overridesOf = (path: string) =>
      (JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as Manifest).overrides;
    expect(overridesOf('.')).toEqual({ moleculer: { amqplib: '^2.3.1' } });
    // npm follows these only in the root of an installation; without them it refuses Moleculer with this amqplib.
    expect(overridesOf('apps/ip-notifier')).toEqual({ moleculer: { amqplib: '$amqplib' } });
  });

  test('call-provider sends the events of its calls', async () => {
    const { customer, url } = await startProvider();
    await post(`${url}/webhook`, { name: 'acme', callbackURL: `${customer.url}calls` });
    const event = await waitFor(() => customer.received[0], 'an event');
    expect(JSON.parse(event.body)).toMatchObject({ type: 'call.standby' });
    expect(event.headers['webhook-signature']).toMatch(/^v1,/);
  });

  test('call-center registers, and shows the calls of which it is told', async () => {
    const provider = await startReceiver();
    onTestFinished(() => provider.close());
    const [port = 0] = await freePorts(1);
    const url = await start('call-center', `The call center is at`, {
      SERVER_PORT: String(port),
      WEBHOOK_SERVER_URL: `${provider.url}webhook`,
      ACCEPT_UNSIGNED_FROM: '127.0.0.0/8,::1',
    });
    const { body } = await waitFor(() => provider.received[0], 'the registration');
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['name', 'callbackURL']);
    await post(`${url}/calls`, { type: 'call.standby', contactNumber: '(11) 1111-1010' });
    const calls = await waitFor(async () => {
      const shown = (await (await fetch(`${url}/calls`)).json()) as object[];
      return shown.length > 0 && shown;
    }, 'the call');
    expect(calls).toMatchObject([{ number: '(11) 1111-1010', extension: '900' }]);
  });

  test('ip-notifier tells a webhook the address of a visitor', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const [port = 0] = await freePorts(1);
    const environment = { PORT: String(port), ADMIN_TOKEN: 'token' };
    const url = await start('ip-notifier', 'ip-notifier is at', environment);
    await post(`${url}/admin/webhooks`, { targetUrl: receiver.url }, 'token');
    const visit = (await (await fetch(`${url}/ip`)).json()) as { ipAddress: string };
    const told = await waitFor(() => receiver.received[0], 'the request to the webhook');
    expect(JSON.parse(told.body)).toMatchObject({ ipAddress: visit.ipAddress });
  });

  async function startProvider(): Promise<{ customer: Receiver; url: string }> {
    const customer = await startReceiver();
    onTestFinished(() => customer.close());
    const [port = 0] = await freePorts(1);
    const environment = { SERVER_PORT: String(port), INTERVAL_MS: '50' };
    return { customer, url: await start('call-provider', 'customers register at', environment) };
  }

  /** Starts a program, and returns the URL that it prints after `ready`. */
  async function start(
    app: (typeof APPS)[number],
    ready: string,
    environment: Record<string, string>,
  ): Promise<string> {
    const cwd = join(folder, 'apps', app);
    for (const name of [app, 'kit']) copyApp(name);
    const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as {
      scripts: { prestart?: string; start: string };
    };
    const child = spawn('sh', ['-c', `{ ${scripts.prestart ?? 'true'}; } && ${scripts.start}`], {
      cwd,
      env: {
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: cwd,
        ...environment,
      },
    });
    onTestFinished(() => ended(child));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    return waitFor(() => {
      if (child.exitCode !== null) throw new Error(output);
      return new RegExp(`${ready} (http://[^/,\\s]+)`).exec(output)?.[1];
    }, `${app} to be ready`);
  }

  function copyApp(name: string): void {
    const to = join(folder, 'apps', name);
    mkdirSync(to, { recursive: true });
    for (const part of ['src', 'package.json']) {
      cpSync(join(ROOT, 'apps', name, part), join(to, part), { recursive: true });
    }
  }
});

interface Manifest {
  readonly overrides?: object;
}

/** Links all packages of the repository except its own, which an app has in packed form. */
function linkPackages(packages: string): void {
  mkdirSync(join(packages, '@posthaste'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || name === 'posthaste' || name === '@posthaste') continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  }
  symlinkSync('../../apps/kit', join(packages, '@posthaste/app-kit'));
}

async function post(url: string, body: unknown, token?: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}
