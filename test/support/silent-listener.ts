import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface SilentListener {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * A port whose queue of new connections is full, so that connecting to it neither succeeds nor
 * fails: the thread that should accept them is blocked.
 */
export async function startSilentListener(): Promise<SilentListener> {
  const worker = new Worker(BLOCKED_LISTENER, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const filling: Socket[] = [];
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    filling.push(socket);
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, FULL_AFTER_MS, false)),
    ]);
    if (!connected) break;
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of filling) socket.destroy();
      await worker.terminate();
    },
  };
}

const FULL_AFTER_MS = 100;
const BLOCKED_LISTENER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:worker_threads').parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;
