import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Connection } from 'rabbitmq-client';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithRabbitmqServer } from '../../../test/support/rabbitmq.ts';

const DEMO = join(import.meta.dirname, '../src/demo.ts');

test('npm run demo:calls tells the whole story and ends', async () => {
  expectWholeStory(await demo());
}, 120_000);

describeWithRabbitmqServer('demo:calls with RABBITMQ_URI', (server) => {
  test('tells it over RabbitMQ, and leaves no queue behind', async () => {
    const { output, ...ended } = await demo({ RABBITMQ_URI: server().url });
    expectWholeStory({ output, ...ended });
    const queue = /queue (demo-calls-\S+)/.exec(output)?.[1] ?? 'none was named';
    const connection = new Connection(server().url);
    connection.on('error', () => {});
    onTestFinished(() => connection.unsafeDestroy());
    await expect(connection.queueDeclare({ queue, passive: true })).rejects.toThrow('NOT_FOUND');
  }, 120_000);
});

function expectWholeStory({ code, output, errors }: Awaited<ReturnType<typeof demo>>) {
  expect({ code, errors, output }).toMatchObject({ code: 0, errors: '' });
  for (const line of [
    /provider +webhook-consumer registered http:/,
    /call center +shows its calls live at http:/,
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
  const child = spawn(process.execPath, ['--conditions=posthaste-source', DEMO], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { code, output, errors };
}
