import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiCallsOf } from '../support/api-calls.ts';
import { newFolder } from '../support/app.ts';
import { freePort } from '../support/free-ports.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the open files test, 32 characters';
const OPEN_FILES = 128;
const HANGING = 160;

test.skipIf(process.platform !== 'linux')(
  'endpoints that hang leave sockets for others, and for the API, where few files may be open',
  async () => {
    const receiver = await startReceiver();
    const env = {
      POSTHASTE_DATABASE_URL: `sqlite:${join(newFolder(), 'posthaste.db')}`,
      POSTHASTE_JWT_SECRET: JWT_SECRET,
      POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    };
    const server = await startServer(env, await freePort(), undefined, OPEN_FILES);
    const { post } = await apiCallsOf(() => server, JWT_SECRET);
    const message = { eventType: 'test.event', payload: {} };
    receiver.answer = ({ path }, response) => void (path === '/healthy' && response.end());

    await post('/app', { name: 'healthy', uid: 'healthy' });
    await post('/app/healthy/endpoint', { url: `${receiver.url}healthy` });
    // An endpoint of which nothing is known shares with other new ones, which are those that hang.
    await post('/app/healthy/msg', message);
    await waitFor(() => receiver.received.length === 1);
    for (let made = 0; made < HANGING; made++) {
      const uid = `hanging-${made % 8}`;
      if (made < 8) await post('/app', { name: uid, uid });
      await post(`/app/${uid}/endpoint`, { url: `${receiver.url}${made}` });
    }
    for (let published = 0; published < 32; published++) {
      await post(`/app/hanging-${published % 8}/msg`, message);
    }

    for (let published = 0; published < 20; published++) {
      const { id } = await post('/app/healthy/msg', message);
      await waitFor(
        () => receiver.received.some(({ headers }) => headers['webhook-id'] === id),
        `healthy message ${published} of 20`,
        5_000,
      );
    }
    const health = () => fetch(`${server.url}/api/v1/health`, { headers: { connection: 'close' } });
    const answers = await Promise.all([health(), health(), health(), health()]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect(server.output()).toContain('"openFiles":128,"concurrency":32');
    await receiver.close();
  },
);
