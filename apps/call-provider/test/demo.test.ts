import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Connection } from 'rabbitmq-client';
import { expect, onTestFinished, test } from 'vitest';
import { childEnvironment } from '@posthaste/test-support/child-environment';
import { describeWithRabbitmq } from '@posthaste/test-support/rabbitmq';
import { waitFor } from '@posthaste/test-support/wait-for';

const DEMO = join(import.meta.dirname, '../src/demo.ts');

test('npm run demo:calls tells the whole story, and goes on with its dashboard until Ctrl-C', async () => {
  const child = startDemo([]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const errors = text(child.stderr);
  const ended = once(child, 'close') as Promise<[number | null]>;
  await waitFor(() => /^The calls go on/m.test(output), 'the six calls', 100_000);
  const url = /^Open (http:\S+) .* Ctrl-C ends the demo\.\n/.exec(output)?.[1];
  const page = await fetch(url ?? 'http://no-url-was-told.invalid');
  expect(await page.text()).toContain('<div id="face">');
  const seventh = /call 7 of .* is completed/;
  await waitFor(() => seventh.test(output), 'a call after the six', 60_000);
  child.kill('SIGINT');
  const [code] = await ended;
  expectWholeStory({ code, output, errors: await errors });
}, 150_000);

describeWithRabbitmq('demo:calls with RABBITMQ_URI', (url) => {
  test('tells it over RabbitMQ, ends with --once, and leaves no queue behind', async () => {
    const { output, ...ended } = await demo({ RABBITMQ_URI: url() });
    expectWholeStory({ output, ...ended });
    const queue = /queue (demo-calls-\S+)/.exec(output)?.[1] ?? 'none was named';
    const connection = new Connection(url());
    connection.on('error', () => {});
    onTestFinished(() => connection.unsafeDestroy());
    await expect(connection.queueDeclare({ queue, passive: true })).rejects.toThrow('NOT_FOUND');
  }, 120_000);
});

function expectWholeStory({ code, output, errors }: Awaited<ReturnType<typeof demo>>) {
  expect({ code, errors, output }).toMatchObject({ code: 0, errors: '' });
  for (const line of [
    /provider +webhook-consumer registered http:/,
    /^Open http:.* to watch the calls live/,
    /provider +call\.new .* delivered in \d+ ms/,
    /provider +call\.standby .* delivered/,
    /provider +the call of \(11\) 1111-1010 goes to 900/,
    /call center +call 1 of \(11\) 1111-1010 waits for extension 900/,
    /call center +call 1 of \(11\) 1111-1010 is active at extension 900/,
    /call center +call 1 of \(11\) 1111-1010 is completed at extension 900/,
    /call center +call 3 of \(11\) 1111-1010 waits for extension 901/,
    /^6 calls went/m,
  ]) {
    expect(output).toMatch(line);
  }
  expect(output).not.toMatch(/\d\d:\d\d:\d\d \w+ ?\w* +! /);
}

async function demo(environment: Record<string, string> = {}) {
  const child = startDemo(['--once'], environment);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { code, output, errors };
}

function startDemo(flags: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--conditions=posthaste-source', DEMO, ...flags], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
