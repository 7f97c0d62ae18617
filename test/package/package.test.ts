import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { shared } from '../support/shared.ts';
import { waitFor } from '../support/wait-for.ts';
import { npm } from './pack.ts';

/**
 * Tests the package as its users get it: built and packed from the sources, installed in an empty folder, and run by
 * the repository's Node.js and by the oldest version that the package accepts.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OLDEST_NODE = '24.7.0';
const AS_IT_IS = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
const manifest = readJson(join(ROOT, 'package.json')) as {
  version: string;
  engines: { node: string };
};
const moleculer = readJson(join(ROOT, 'node_modules/moleculer/package.json')) as {
  version: string;
};

let folder: string;
let installed: string;
let source: string;
let tarball: string;
let files: readonly string[];
let oldestNode: string;
/** The reason why packages could not be installed, such as a missing network. */
let missing: string | undefined;

beforeAll(async () => {
  folder = newFolder();
  ({ source, tarball, files } = await shared('package'));
  installed = join(folder, 'installed');
  mkdirSync(installed);
  writeFileSync(join(installed, 'package.json'), '{ "private": true, "type": "module" }');
  const packages = [tarball, `moleculer@${moleculer.version}`];
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=1'];
  try {
    await npm(installed, 'install', ...quietly, ...packages);
    const run = ['--yes', '--prefer-offline', `--package=node@${OLDEST_NODE}`];
    oldestNode = (
      await npm(installed, 'exec', ...run, '--', 'node', '-p', 'process.execPath')
    ).trim();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    missing = `npm could not install: ${String(error)}`;
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('has the build and no sources', () => {
  // With a folder `src`, the command would run as in the repository.
  expect(files.filter((file) => file.startsWith('src/'))).toEqual([]);
  expect(files).toContain('dist/index.d.ts');
  expect(files).toContain('dist/command/cli.js');
  expect(files).toContain('dist/command/reference/swagger-ui-bundle.js.gz');
  expect(files).toContain('dist/faces/console/index.html');
  expect(files.filter((file) => /^dist\/faces\/assets\/.*\.js\.br$/.test(file))).not.toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['llms.txt', 'docs/command.md', 'deploy/kubernetes/kustomization.yaml']),
  );
  expect(
    files.filter((file) => /(^|[^d]\.)test\.|\.ts$/.test(file) && !file.endsWith('.d.ts')),
  ).toEqual([]);
  expect(`${manifest.engines.node}.0`).toBe(`>=${OLDEST_NODE}`);
});

test('lets server components of React import its hooks', () => {
  expect(readFileSync(join(source, 'dist/react/index.js'), 'utf8')).toMatch(/^['"]use client['"];/);
});

test('has the pages to which its pages link', () => {
  const pages = files.filter((file) => file.endsWith('.md'));
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/receiver.md']));
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(source, page), 'utf8');
    return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, link = '']) => posix.join(posix.dirname(page), link))
      .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)))
      .map((path) => `${page}: ${path}`);
  });
  expect(broken).toEqual([]);
});

test.for([
  ['express.mjs', 'express'],
  ['hono.mjs', 'hono @hono/node-server'],
] as const)(
  'docs/receiver.md, followed with %s',
  { timeout: 90_000 },
  async ([program, packages], { skip }) => {
    skip(missing !== undefined, missing);
    const page = readFileSync(join(source, 'docs/receiver.md'), 'utf8');
    const [port, api] = [await freePort(), await freePort()];
    const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
    const [begin = raise(), publish = raise()] = blocks.flatMap(([, language, commands = '']) =>
      language !== 'sh'
        ? []
        : commands
            .replaceAll('express.mjs', program)
            .replaceAll(' express\n', ` ${packages}\n`)
            .replaceAll(':3000', `:${port}`)
            .replaceAll(':8071', `:${api}`)
            .replaceAll('curl ', 'curl -fsS '),
    );
    const code = blocks.find(([, , text]) => text?.startsWith(`// ${program}\n`))?.[2] ?? raise();

    const cwd = newFolder();
    // From this copy npm removes packages that the page's command does not name. So npm unpacks nothing twice, and a
    // package that the page forgets is missing.
    await cp(join(installed, 'node_modules'), join(cwd, 'node_modules'), AS_IT_IS);
    writeFileSync(join(cwd, program), code);
    cpSync(tarball, join(cwd, basename(tarball)));
    const shell = startShell(cwd, { PORT: String(port), POSTHASTE_PORT: String(api) });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const log = join(cwd, 'dev.log');
    const isReady = () => existsSync(log) && readFileSync(log, 'utf8').includes('is ready on');
    shell.stdin.write(begin);
    await waitFor(
      async () => {
        if (shell.exitCode !== null) throw new Error(output);
        return isReady() && fetch(`http://127.0.0.1:${port}`).then(Boolean, () => false);
      },
      'both sides to be ready',
      60_000,
    );
    shell.stdin.write(publish);
    await waitFor(() => /took msg_\w+: \{"id": "o1"\}$/m.test(output), 'the webhook');
  },
);

describe.each(['this Node.js', `Node.js ${OLDEST_NODE}`])('with %s', (version) => {
  const node = () => (version === 'this Node.js' ? process.execPath : oldestNode);

  test('the library, the receiver kit and the Moleculer service deliver and verify', async ({
    skip,
  }) => {
    skip(missing !== undefined, missing);
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const script = join(installed, `${version.replaceAll(/\W/g, '-')}.mjs`);
    writeFileSync(script, LIBRARY);
    const { stdout } = await promisify(execFile)(node(), [script, receiver.url], {
      cwd: installed,
    });
    expect(JSON.parse(stdout)).toEqual({ library: 'delivered', moleculer: ['delivered'] });
    const [{ headers, body } = raise()] = receiver.received;
    expect(headers['webhook-signature']).toMatch(/^v1,/);
    expect(body).toBe('{"total":4200}');
  });

  test('the command says its version, and dev delivers', async ({ skip }) => {
    skip(missing !== undefined, missing);
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const command = join(installed, 'node_modules/posthaste/bin/posthaste');
    const said = await promisify(execFile)(node(), [command, '--version']);
    expect(said.stdout.trim()).toBe(manifest.version);

    const cwd = newFolder();
    const dev = async () => {
      const server = spawn(node(), [command, 'dev', '--port', '0'], { cwd });
      onTestFinished(() => ended(server, cwd));
      let output = '';
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      }
      const address = await waitFor(() => {
        if (server.exitCode !== null) throw new Error(output);
        return output.includes('is ready on') && /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      }, 'the server to be ready');
      expect(output).not.toMatch(/warning/i);
      return { server, address };
    };
    const { server, address } = await dev();
    const tokenFile = join(cwd, 'data', 'dev-token');
    const token = await waitFor(() => existsSync(tokenFile) && readFileSync(tokenFile, 'utf8'));
    const post = async (path: string, body: unknown) => {
      const answer = await fetch(`${address}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.ok).toBe(true);
    };
    await post('/app', { name: 'Acme', uid: 'acme' });
    await post('/app/acme/endpoint', { url: receiver.url, uid: 'main' });
    await post('/app/acme/msg', { eventType: 'invoice.paid', payload: { total: 4200 } });
    await waitFor(() => receiver.received.length === 1, 'the delivery');
    expect(receiver.received[0]?.body).toBe('{"total":4200}');
    receiver.answer = (_request, response) => response.writeHead(500).end();
    await post('/app/acme/msg', { eventType: 'invoice.paid', payload: { total: 1 } });
    await waitFor(() => receiver.received.length === 2, 'the delivery that fails');

    // In this folder the command finds the server, and files that only some commands load exist.
    const list = await promisify(execFile)(node(), [command, 'app', 'list'], { cwd });
    expect(list.stdout).toMatch(/^app_\w+ +Acme +acme /m);
    const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${MCP_CLIENT}}\n`;
    const agent = promisify(execFile)(node(), [command, 'mcp'], { cwd });
    agent.child.stdin?.end(initialize);
    expect((await agent).stdout).toContain('"serverInfo":{"name":"posthaste"');
    expect((await fetch(`${address}/llms.txt`)).status).toBe(200);

    const recorded = [command, 'attempt', 'list-by-endpoint', 'acme', 'main', '--status', '2'];
    await waitFor(async () => {
      const { stdout } = await promisify(execFile)(node(), recorded, { cwd });
      return stdout.includes('500');
    }, 'the record of the failure');
    server.kill('SIGKILL');
    await once(server, 'exit');
    // The next server opens the database, and retries failed deliveries.
    receiver.answer = (_request, response) => response.end();
    await dev();
    await waitFor(() => receiver.received.length === 3, 'the retry');
  });
});

const MCP_CLIENT =
  '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}';

const LIBRARY = `
import { mkdtempSync, rmSync } from 'node:fs';
import { ServiceBroker } from 'moleculer';
import { Posthaste } from 'posthaste';
import { webhooksService } from 'posthaste/moleculer';
import { generateSecret, verify } from 'posthaste/receiver';

const folder = mkdtempSync('posthaste-');
const posthaste = new Posthaste({ databaseUrl: \`sqlite:\${folder}/db\`, allowNetworks: ['127.0.0.1'] });
const broker = new ServiceBroker({ logger: false });
broker.createService(webhooksService({ posthaste }));
await broker.start();

const { id } = await posthaste.application.create({ name: 'Acme' });
await posthaste.endpoint.create(id, { url: process.argv[2] });
const delivered = new Promise((resolve) => posthaste.on('delivered', resolve));
await posthaste.message.create(id, { eventType: 'invoice.paid', payload: { total: 4200 } });
const { kind } = await delivered;

await broker.call('webhooks.register', { targetUrl: process.argv[2] });
const params = { eventType: 'ip.visited', payload: {}, wait: true };
const { outcomes } = await broker.call('webhooks.publish', params);
await broker.stop();
rmSync(folder, { recursive: true });
if (typeof verify !== 'function' || !generateSecret().startsWith('whsec_')) throw new Error('receiver kit');
console.log(JSON.stringify({ library: kind, moleculer: outcomes.map(({ state }) => state) }));
`;

/** A shell that reads commands from its standard input, and ends with all programs that it started. */
function startShell(cwd: string, env: Record<string, string>) {
  const shell = spawn('bash', ['-eu'], {
    cwd,
    detached: true,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: process.env['HOME'],
      npm_config_prefer_offline: 'true',
      // For machines that get packages through a proxy with its own authority.
      NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
      ...env,
    },
  });
  onTestFinished(async () => {
    if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    await once(shell, 'close');
    rmSync(cwd, { recursive: true, force: true });
  });
  return shell;
}

async function ended(child: ChildProcess, cwd: string): Promise<void> {
  // A test may have killed the process already.
  if (child.kill('SIGKILL')) await once(child, 'close');
  rmSync(cwd, { recursive: true, force: true });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function raise(): never {
  throw new Error('nothing was received');
}
