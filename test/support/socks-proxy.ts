import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

export interface SocksProxy {
  readonly port: number;
  /** The targets that were asked for, as `host:port`, and the credentials that came with them. */
  readonly asked: { target: string; credentials: string | null }[];
  /** What it answers to CONNECT from now on, other than 0 without connecting. */
  reply: number;
  /** What it answers to each connection at once instead of the protocol; null: the protocol. */
  says: Buffer | null;
  close(): Promise<void>;
}

/** A SOCKS5 proxy on a free port of the loopback; `requires` are the credentials that it asks for. */
export async function startSocksProxy(requires: string | null = null): Promise<SocksProxy> {
  const sockets = new KeptSockets();
  const server: Server = createServer((client) => {
    sockets.keep(client);
    void serve(client, proxy, requires, sockets).catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: SocksProxy = {
    port: (server.address() as AddressInfo).port,
    asked: [],
    reply: 0,
    says: null,
    close: () =>
      new Promise((resolve) => {
        sockets.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

async function serve(
  client: Socket,
  proxy: SocksProxy,
  requires: string | null,
  sockets: KeptSockets,
): Promise<void> {
  const take = reader(client);
  const count = (await take(2)).at(1) ?? 0;
  const methods = await take(count);
  if (proxy.says !== null) return void client.end(proxy.says);
  let credentials: string | null = null;
  if (requires !== null) {
    if (!methods.includes(2)) return void client.end(Buffer.from([5, 0xff]));
    client.write(Buffer.from([5, 2]));
    const user = (await take((await take(2)).at(1) ?? 0)).toString();
    const password = (await take((await take(1)).at(0) ?? 0)).toString();
    credentials = `${user}:${password}`;
    if (credentials !== requires) return void client.end(Buffer.from([1, 1]));
    client.write(Buffer.from([1, 0]));
  } else {
    client.write(Buffer.from([5, 0]));
  }
  const type = (await take(4)).at(3);
  const host =
    type === 3
      ? (await take((await take(1)).at(0) ?? 0)).toString()
      : addressOf(await take(type === 1 ? 4 : 16));
  const port = (await take(2)).readUInt16BE();
  proxy.asked.push({ target: `${host}:${port}`, credentials });
  if (proxy.reply !== 0)
    return void client.end(Buffer.from([5, proxy.reply, 0, 1, 0, 0, 0, 0, 0, 0]));
  // Names of tests are those of the loopback.
  const target = connect({ host: type === 3 ? '127.0.0.1' : host, port }, () => {
    // In two parts, and with a name as the address that it connected from.
    client.write(Buffer.from([5, 0, 0]));
    setImmediate(() => {
      client.write(Buffer.from([3, 1, 0x78, 0, 80]));
      client.pipe(target).pipe(client);
    });
  });
  sockets.keep(target);
  client.on('close', () => target.destroy());
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  return groups.map((group) => group.toString(16)).join(':');
}

/** Reads so many bytes, and leaves what follows them to the next reader. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes?.length === length) return bytes;
      await new Promise<void>((resolve, reject) => {
        socket.once('readable', resolve).once('close', () => reject(new Error('closed')));
      });
    }
  };
}
