import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOperations } from '../../src/cli/api/read-operations.ts';
import { type CommandFolder, openCommandFolder } from '../support/command.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/command.md'), 'utf8');

let app: HttpApp;
let place: CommandFolder;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  app = await startHttpApp();
  place = openCommandFolder();
  place.knows(app.url, app.token);
});
afterAll(async () => {
  await place.close();
  await app.close();
  await receiver.close();
});

/** The arguments of each command, as a shell splits them. */
function argvsOf(script: string): string[][] {
  const read = `posthaste() { printf '%s\\0' "$@"; printf '\\n\\0'; }\n${script}`;
  const commands = execFileSync('bash', ['-euc', read], { encoding: 'utf8' }).split('\0\n\0');
  return commands.filter(Boolean).map((command) => command.split('\0'));
}

test('docs/command.md: its commands work unchanged', async () => {
  const blocks = [...PAGE.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const script = blocks.join('').replaceAll('http://127.0.0.1:3000/webhooks', receiver.url);
  for (const argv of argvsOf(script)) {
    const { code, stderr } = await place.run(argv);
    expect([argv.join(' '), code, stderr]).toEqual([argv.join(' '), 0, expect.anything()]);
  }
  await waitFor(() => receiver.received.some(({ body }) => body.includes('Bob')), 'the delivery');
});

test('docs/command.md: names every resource', () => {
  const resources = new Set(readOperations().map(({ resource }) => resource));
  for (const left of ['health', 'openapi', 'status']) resources.delete(left);
  const missing = [...resources].filter((resource) => !PAGE.includes(`\`${resource}\``));
  expect(missing).toEqual([]);
});
