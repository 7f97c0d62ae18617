import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A name server: its address for `POSTHASTE_DNS_SERVERS`, and a function that ends it. */
export interface NameServer {
  readonly address: string;
  close(): void;
}

/**
 * Answers 127.0.0.1 for every name, with a TTL of a second, but never answers for a name that starts with "hang".
 */
export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.on('message', (query, { port, address }) => {
    const reply = replyTo(query);
    if (reply !== null) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => void socket.close(),
  };
}

/** RFC 1035, section 4: the header, the question, and an address if the question is for one. */
function replyTo(query: Buffer): Buffer | null {
  const firstLabelAt = headerBytes + 1;
  if (query.toString('latin1', firstLabelAt, firstLabelAt + 4).toLowerCase() === 'hang')
    return null;
  const nameEnd = query.indexOf(0, headerBytes) + 1;
  const questionEnd = nameEnd + 4;
  const records = query.readUInt16BE(nameEnd) === typeA ? [loopbackRecord] : [];
  const header = Buffer.from(query.subarray(0, headerBytes));
  header.writeUInt16BE(responseWithRecursion, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, query.subarray(headerBytes, questionEnd), ...records]);
}

const headerBytes = 12;
const typeA = 1;
const responseWithRecursion = 0x8180;
/** The name of the question, type A, class IN, one second, four bytes: 127.0.0.1. */
const loopbackRecord = Buffer.of(0xc0, headerBytes, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1);
