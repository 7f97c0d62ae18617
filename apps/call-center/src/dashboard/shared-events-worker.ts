import { followEvents } from './live-events.ts';
import type { FromWorker } from './shared-events.ts';

/** The shared worker of `followSharedEvents`: follows the server once and tells all pages. */

const ports = new Set<MessagePort>();
let connected: boolean | null = null;

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port === undefined) return;
  ports.add(port);
  port.addEventListener('message', () => ports.delete(port));
  port.start();
  if (connected !== null) send(port, { type: 'connection', connected });
});

followEvents({
  onChange: () => sendToAll({ type: 'change' }),
  onConnection(now) {
    connected = now;
    sendToAll({ type: 'connection', connected: now });
  },
});

function sendToAll(message: FromWorker): void {
  for (const port of ports) send(port, message);
}

function send(port: MessagePort, message: FromWorker): void {
  port.postMessage(message);
}
