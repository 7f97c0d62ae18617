import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Ports on 127.0.0.1 that nobody listens on, for servers that cannot listen on port 0 or that restart on their port.
 * The ports are below the range that the system gives to outgoing connections: such a connection could take a port
 * before the server has it, or while the server is away.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (ABOVE_ALL - LOWEST));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port] = (await freePorts(1)) as [number];
  return port;
}

const LOWEST = 10_000;
/** Outgoing connections get ports from here on under Linux, and from a higher one elsewhere. */
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

/** Whether a server accepts connections on this port of the loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
