import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { KeptSockets } from './kept-sockets.ts';

export interface SocksProxy {
  readonly port: number;
  /** The requested targets, as `host:port`, with the credentials of each request. */
  readonly asked: { target: string; credentials: string | null }[];
  /** The reply code for the next CONNECT requests. Any other than 0 is sent without connecting. */
  reply: number;
  /** Bytes that each connection gets at once in place of the protocol; null: the protocol. */
  says: Buffer | null;
  close(): Promise<void>;
}

/** A SOCKS5 proxy on a free port of the loopback. `requires`: the credentials that it demands. */
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
  // Every name that a test uses stands for the loopback.
  const target = connect({ host: type === 3 ? '127.0.0.1' : host, port }, () => {
    // The reply comes in two parts and has a name as the bound address: clients must cope with both.
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

/** Returns a function that reads exactly `length` bytes and leaves the rest to the next call. */
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
