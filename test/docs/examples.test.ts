import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RIGHTS } from '../../src/domain/rights.ts';
import { verify } from '../../src/receiver/index.ts';
import { newFolder } from '../support/app.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs the examples of README and docs as a reader would, in a folder with the installed package. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = join(ROOT, 'bin', 'posthaste');

interface Example {
  readonly child: ChildProcess;
  output: string;
}

let folder: string;
let receiver: Receiver;
const examples: Example[] = [];

beforeEach(async () => {
  folder = newFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'posthaste'));
  receiver = await startReceiver();
});
afterEach(async () => {
  const running = examples.filter(({ child }) => child.exitCode === null && !child.signalCode);
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ child }) => once(child, 'close')));
  examples.length = 0;
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The fenced blocks of a page in this language, in order. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const fences = text.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...fences].filter(([, found]) => found === language).map(([, , code]) => code ?? '');
}

function onlyBlock(page: string, language: string): string {
  const [code, ...others] = blocks(page, language);
  expect(others).toEqual([]);
  if (code === undefined) throw new Error(`${page} has no ${language} block`);
  return code;
}

function start(command: string, argv: readonly string[], env: Record<string, string>): Example {
  const child = spawn(command, [...argv], {
    cwd: folder,
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const example: Example = { child, output: '' };
  child.stdout?.on('data', (chunk: Buffer) => (example.output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (example.output += chunk.toString()));
  examples.push(example);
  return example;
}

function run(file: string, code: string, env: Record<string, string> = {}): Example {
  // An example with a secret serves the API, which must be on a free port.
  if (code.includes('jwtSecret:')) expect(code).toMatch(/^  port: 0,$/m);
  writeFileSync(join(folder, file), here(code));
  return start(process.execPath, ['--conditions=posthaste-source', file], env);
}

/** The code with this test's receiver in place of the reader's. */
function here(code: string): string {
  expect(code).toContain('http://127.0.0.1:3000/webhooks');
  return code.replaceAll('http://127.0.0.1:3000/', receiver.url);
}

async function said(example: Example, pattern: RegExp): Promise<RegExpExecArray> {
  return waitFor(
    () => {
      const { exitCode } = example.child;
      const found = pattern.exec(example.output);
      if (!found && exitCode !== null) throw new Error(`ended with ${exitCode}: ${example.output}`);
      return found;
    },
    `the example to say ${String(pattern)}`,
  );
}

test('README: the curl commands publish to a running posthaste dev', async () => {
  const port = await freePort();
  const server = start(process.execPath, [BIN, 'dev', '--port', String(port)], {});
  await waitFor(() => existsSync(join(folder, 'data', 'dev-token')));
  await said(server, /is ready on/);

  const commands = here(onlyBlock('README.md', 'sh')).replaceAll(':8071', `:${port}`);
  const shell = start('bash', ['-euc', commands.replaceAll('curl ', 'curl -fsS ')], {});
  await once(shell.child, 'close');
  expect(shell.output).toContain('"eventType":"invoice.paid"');
  expect(shell.child.exitCode).toBe(0);
  const webhook = await waitFor(() => receiver.received[0], 'the webhook');
  expect(webhook.body).toBe('{"total": 4200}');
});

test('README: the library delivers', async () => {
  const example = run('readme.ts', onlyBlock('README.md', 'ts'));
  const [, id] = await said(example, /^(msg_\w+) delivered in \d+ ms$/m);
  expect(receiver.received[0]?.headers['webhook-id']).toBe(id);
  expect(receiver.received[0]?.body).toBe('{"invoice":"inv_17","total":4200}');
});

test('docs/library.md: registers, publishes, delivers signed, reports, stops', async () => {
  const example = run('library.ts', onlyBlock('docs/library.md', 'ts'));
  receiver.answer = (_request, response) => response.writeHead(200).end();
  const [, key = ''] = await said(example, /verifies with (whsec_\S+)$/m);
  await said(example, /^attempts so far: \d$/m);
  await said(example, /^validation: .*https:/m);
  await said(example, /^delivered: msg_\w+$/m);
  const webhook = receiver.received[0];
  expect(webhook && verify(webhook.body, webhook.headers, key)).toMatchObject({ ok: true });

  example.child.kill('SIGTERM');
  await once(example.child, 'close');
  expect(example.child.exitCode).toBe(0);
});

test('docs/tracing.md: the server prints the spans, and sends the trace to the endpoint', async () => {
  const packages = join('node_modules', '@opentelemetry');
  symlinkSync(join(ROOT, packages), join(folder, packages));
  writeFileSync(join(folder, 'tracing.mjs'), onlyBlock('docs/tracing.md', 'js'));
  const port = await freePort();
  const [, options] = /^NODE_OPTIONS="(.*)" /.exec(onlyBlock('docs/tracing.md', 'sh')) ?? [];
  const env = { NODE_OPTIONS: options ?? '' };
  const server = start(process.execPath, [BIN, 'dev', '--port', String(port)], env);
  await said(server, /is ready on/);

  const commands = here(onlyBlock('README.md', 'sh')).replaceAll(':8071', `:${port}`);
  const shell = start('bash', ['-euc', commands.replaceAll('curl ', 'curl -fsS ')], {});
  await once(shell.child, 'close');
  const webhook = await waitFor(() => receiver.received[0], 'the webhook');
  const [, traceId = 'none'] =
    /^00-(\w+)-\w+-01$/.exec(String(webhook.headers['traceparent'])) ?? [];
  for (const name of ['accept', 'wait', 'attempt'])
    await said(server, new RegExp(`posthaste ${name}'`));
  expect(server.output).toContain(traceId);
});

test('docs/repair.md: waiting messages are kept, and missed ones are sent', async () => {
  const example = run('repair.ts', onlyBlock('docs/repair.md', 'ts'));
  await said(example, /^the endpoint misses 2$/m);
  await said(example, /^finished: 3 read, 2 made due$/m);
  const bodies = await waitFor(
    () => receiver.received.length === 3 && receiver.received.map(({ body }) => body),
    'the three webhooks',
  );
  expect(bodies.toSorted()).toEqual([1, 2, 3].map((number) => `{"number":${number}}`));
});

test('docs/export-and-import.md: a second import changes nothing', async () => {
  const example = run('configuration.ts', onlyBlock('docs/export-and-import.md', 'ts'));
  await said(example, /^3 created, 0 updated, 0 unchanged$/m);
  await said(example, /^0 created, 0 updated, 3 unchanged$/m);
  await said(example, /^billing$/m);
});

test('docs/event-types.md: the webhooks of a document are event types', async () => {
  const example = run('event-types.ts', onlyBlock('docs/event-types.md', 'ts'));
  await said(example, /^invoice\.paid$/m);
  await said(example, /^An invoice was paid$/m);
});

test('docs/validation.md: a payload causes a warning, and is refused', async () => {
  const example = run('validation.ts', onlyBlock('docs/validation.md', 'ts'));
  await said(example, /^body\.payload\.amount$/m);
  await said(example, /^body\.payload\.amount: must have required property 'amount'/m);
});

test('docs/routing.md: the endpoint gets matching messages', async () => {
  const example = run('routing.ts', onlyBlock('docs/routing.md', 'ts'));
  const [, id] = await said(example, /^published: (msg_\w+)$/m);
  await said(example, /^delivered: msg_\w+$/m);
  await said(example, /^msg_\w+ \/invoice\/total must be at least 1000, and is 5$/m);
  await said(example, new RegExp(`^${id} matches$`, 'm'));
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([id]);
});

test('docs/access.md: a key and a portal token have their rights, and can be ended', async () => {
  const example = run('access.ts', onlyBlock('docs/access.md', 'ts'));
  await said(example, /^the key publishes: 202, reads: 403$/m);
  await said(example, /^revoked, it publishes: 401$/m);
  await said(example, /^the portal publishes: 403, reads: 200$/m);
  await said(example, /^ended, it reads: 401$/m);
});

test('docs/portal.md: a link opens the portal', async () => {
  const example = run('portal.ts', onlyBlock('docs/portal.md', 'ts'));
  await said(example, /https:\/\/webhooks\.example\.com\/portal#token=eyJ/);
});

test('docs/access.md has every right', () => {
  const text = readFileSync(join(ROOT, 'docs/access.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w-]+:\w+)` /gm)].map(([, right]) => right);
  expect(rows).toEqual(RIGHTS);
});

test('docs/authentication.md: the token is sent and not shown', async () => {
  const example = run('authentication.ts', onlyBlock('docs/authentication.md', 'ts'));
  await said(example, /^delivered: msg_\w+$/m);
  expect(receiver.received[0]?.headers.authorization).toBe('Bearer a-token-of-the-receiver');
  expect(example.output).toContain("{ type: 'bearer', username: null }");
});

test('docs/signatures.md: receivers for another provider accept the signature', async () => {
  const code = onlyBlock('docs/signatures.md', 'ts');
  await said(run('signatures.ts', code), /^delivered: msg_\w+$/m);
  const [{ headers, body }] = receiver.received as [Received];
  const check = /^export (function isSigned.*?^})/ms.exec(code)?.[1] ?? '';
  const header = headers['x-acme-signature'];
  run(
    'check.ts',
    `// http://127.0.0.1:3000/webhooks
    import { createHmac } from 'node:crypto';
    ${check}
    console.log('signed', isSigned(${JSON.stringify(header)}, ${JSON.stringify(body)}));`,
  );
  await waitFor(() => examples.at(-1)?.output === 'signed true\n', 'the check');
});

test('docs/transformations.md: the request is changed', async () => {
  const code = onlyBlock('docs/transformations.md', 'ts');
  await said(run('transformations.ts', code), /^delivered: msg_\w+$/m);
  expect(receiver.received).toMatchObject([
    { body: '{"text":"paid: 5"}', headers: { 'x-room': 'sales' } },
  ]);
});

test('docs/receiver.md: handles a webhook of the library once', async () => {
  const port = await freePort();
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const [program = ''] = blocks('docs/receiver.md', 'js');
  writeFileSync(join(folder, 'receiver.mjs'), program);
  start(process.execPath, ['--conditions=posthaste-source', 'receiver.mjs'], {
    WEBHOOK_SECRET: secret,
    PORT: String(port),
  });
  const url = `http://127.0.0.1:${port}/webhooks`;
  await waitFor(() => fetch(url).then(Boolean, () => false), 'the receiver to listen');

  const publisher = onlyBlock('docs/library.md', 'ts')
    .replaceAll('http://127.0.0.1:3000/webhooks', url)
    .replace("eventTypes: ['invoice.paid'],", `secret: '${secret}',`);
  writeFileSync(join(folder, 'publisher.ts'), publisher);
  const example = start(process.execPath, ['--conditions=posthaste-source', 'publisher.ts'], {});
  await said(example, /^delivered: msg_\w+$/m);
  // The handler runs after the answer, in a transaction of the receiver.
  const orders = new DatabaseSync(join(folder, 'orders.db'), { readOnly: true, timeout: 5_000 });
  const order = await waitFor(() => orders.prepare('select * from orders').get(), 'the order');
  orders.close();
  expect({ ...order }).toEqual({ id: 'inv_17', total: 4200 });
});

test('docs/scheduling.md: sends later, but not a cancelled message', async () => {
  const example = run('scheduling.ts', onlyBlock('docs/scheduling.md', 'ts'));
  await said(example, /^waits until 20.*Z$/m);
  await said(example, /^of the cancelled one: null$/m);
  const [, id] = await said(example, /^delivered: (msg_\w+)$/m);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([id]);
  expect(receiver.received[0]?.body).toBe('{"invoice":"inv_17"}');
});

test('docs/retention.md: removes a payload', async () => {
  const example = run('retention.ts', onlyBlock('docs/retention.md', 'ts'));
  await said(example, /^expunged$/m);
  await said(example, /^{ expired: true }$/m);
});

test('docs/statistics.md: counts the attempts of each application', async () => {
  const example = run('usage.ts', onlyBlock('docs/statistics.md', 'ts'));
  await said(example, /appUid: 'acme'/);
});

test('every ts block of a page is run, here or in another test', () => {
  const pages = readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`);
  const withCode = ['README.md', ...pages].filter(
    (page) => page.endsWith('.md') && blocks(page, 'ts').length > 0,
  );
  expect(withCode.toSorted()).toEqual([
    'README.md',
    'docs/access.md',
    'docs/authentication.md',
    'docs/enqueue.md',
    'docs/event-types.md',
    'docs/export-and-import.md',
    'docs/library.md',
    'docs/moleculer.md',
    'docs/portal.md',
    'docs/rabbitmq.md',
    'docs/repair.md',
    'docs/retention.md',
    'docs/routing.md',
    'docs/scheduling.md',
    'docs/signatures.md',
    'docs/statistics.md',
    'docs/transformations.md',
    'docs/validation.md',
  ]);
});

test('every link between the pages leads somewhere', () => {
  const pages = globSync(
    ['*.md', 'docs/*.md', 'apps/*/README.md', 'bench/README.md', 'src/**/README.md'],
    { cwd: ROOT },
  );
  const broken: string[] = [];
  for (const page of pages) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(ROOT, page) : join(ROOT, page, '..', path);
      const anchors = (): string[] =>
        readFileSync(target, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('#'))
          .map((line) =>
            line
              .replace(/^#+ /, '')
              .toLowerCase()
              .replaceAll(/[^\w -]/g, '')
              .replaceAll(' ', '-'),
          );
      const leads = existsSync(target) && (anchor === undefined || anchors().includes(anchor));
      if (!leads) broken.push(`${page}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});
