import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Connection } from 'rabbitmq-client';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { newFolder, startApp } from '../support/app.ts';
import { describeWithRabbitmq } from '../support/rabbitmq.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const QUEUE = 'posthaste.ingest';

describeWithRabbitmq('docs/rabbitmq.md', (url) => {
  it('a message published through the queue arrives at the endpoint', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const app = await startApp({ roles: 'api,worker', ingestUrl: url() });
    onTestFinished(() => app.close());
    const owner = { organizationId: DEFAULT_ORGANIZATION };
    const { applications, endpoints } = app.operations;
    await applications.create(owner, { name: 'Acme', uid: 'acme' });
    await endpoints.create(owner, 'acme', { url: receiver.url });
    const operator = new Connection(url());
    onTestFinished(() => operator.close());
    await waitFor(() =>
      operator.queueDeclare({ queue: QUEUE, passive: true }).then(
        () => true,
        () => false,
      ),
    );

    const folder = newFolder();
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'node_modules'));
    const client = join('node_modules', 'rabbitmq-client');
    symlinkSync(join(ROOT, client), join(folder, client));
    const page = readFileSync(join(ROOT, 'docs', 'rabbitmq.md'), 'utf8');
    writeFileSync(join(folder, 'producer.ts'), /^```ts\n(.*?)^```$/ms.exec(page)?.[1] ?? '');
    const producer = spawn(process.execPath, ['producer.ts'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], AMQP_URL: url() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void producer.kill('SIGKILL'));
    const [output, [exitCode]] = await Promise.all([text(producer.stdout), once(producer, 'exit')]);
    expect(output).toBe('the broker has the message\n');
    expect(exitCode).toBe(0);
    await waitFor(() => receiver.received.length === 1, 'the webhook');
    expect(receiver.received[0]?.body).toBe('{"id":"inv_17","total":4200}');
    await app.stop();
    await operator.queueDelete(QUEUE);
    await operator.queueDelete(`${QUEUE}.dead`);
  });
});
