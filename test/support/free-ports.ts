import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Ports on 127.0.0.1 that nobody listens on, for servers that cannot be told to choose one, or that come back
 * on their port. They are below those that the system gives to outgoing connections: one of these would
 * take the port before the server has it, or while the server is away.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (ABOVE_ALL - LOWEST));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

const LOWEST = 10_000;
/** Linux begins there, and others higher. */
const ABOVE_ALL = 32_768;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}

/** Whether something takes connections on the port of the loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
