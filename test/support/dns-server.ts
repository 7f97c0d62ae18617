import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** The server's answer to questions about a name. Other names do not exist. */
export type DnsAnswer =
  | {
      readonly ipv4?: readonly string[];
      readonly ipv6?: readonly string[];
      /** The name that this one is an alias (CNAME) of, which has the addresses. */
      readonly alias?: string;
      readonly ttl?: number;
    }
  /** Never answers. */
  | 'hangs'
  /** Answers questions for IPv4 with 192.0.2.1, and never those for IPv6. */
  | 'hangs for IPv6'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'NXDOMAIN';

export interface DnsServer {
  /** For the setting `dnsServers`. */
  readonly address: string;
  /** Full names in lower case. May be changed at any time. */
  readonly names: Map<string, DnsAnswer>;
  /** The questions that arrived, such as `A example.test`. */
  readonly questions: string[];
  /** While true, answers are held back. */
  held: boolean;
  /** Sends the answers that were held back. */
  release(): void;
  close(): Promise<void>;
}

/** A DNS server on a free UDP port of the loopback. */
export async function startDnsServer(names: Record<string, DnsAnswer> = {}): Promise<DnsServer> {
  // The default buffer loses questions when a test asks a thousand at once.
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const waiting: (() => void)[] = [];
  const server: DnsServer = {
    address: '',
    names: new Map(Object.entries(names)),
    questions: [],
    held: false,
    release() {
      server.held = false;
      for (const send of waiting.splice(0)) send();
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    server.questions.push(`${TYPES.get(type) ?? type} ${name}`);
    const reply = replyTo(query, end, type, server.names.get(name.toLowerCase()) ?? 'NXDOMAIN');
    if (reply === null) return;
    const send = () => socket.send(reply, peer.port, peer.address);
    if (server.held) waiting.push(send);
    else send();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return Object.assign(server, { address: `127.0.0.1:${socket.address().port}` });
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at++] ?? 0; length > 0; length = query[at++] ?? 0) {
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at), end: at + 4 };
}

function replyTo(query: Buffer, end: number, type: number, answer: DnsAnswer): Buffer | null {
  if (answer === 'hangs' || (answer === 'hangs for IPv6' && type === AAAA)) return null;
  if (answer === 'hangs for IPv6') return replyTo(query, end, type, { ipv4: ['192.0.2.1'] });
  const records = typeof answer === 'string' ? [] : recordsOf(answer, type);
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  const code = typeof answer === 'string' ? CODES[answer] : 0;
  // Flags: a response, recursion available. The query's additional section is not repeated.
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]);
}

function recordsOf(answer: Exclude<DnsAnswer, string>, type: number): Buffer[] {
  const { ipv4 = [], ipv6 = [], alias, ttl = 30 } = answer;
  const addresses = type === A ? ipv4 : type === AAAA ? ipv6 : [];
  const owner = alias === undefined ? NAME_OF_QUESTION : encodeName(alias);
  const aliasRecord =
    alias === undefined ? [] : [record(NAME_OF_QUESTION, CNAME, ttl, encodeName(alias))];
  return [
    ...aliasRecord,
    ...addresses.map((address) => record(owner, type, ttl, encodeAddress(address))),
  ];
}

function record(owner: Buffer, type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

function encodeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function encodeAddress(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  const all = address.includes('::') ? [...groups(head), ...zeros, ...groups(tail)] : groups(head);
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const HEADER_BYTES = 12;
/** A pointer to the name in the question (RFC 1035, section 4.1.4). */
const NAME_OF_QUESTION = Buffer.of(0xc0, HEADER_BYTES);
const [A, CNAME, AAAA] = [1, 5, 28];
const TYPES = new Map([
  [A, 'A'],
  [AAAA, 'AAAA'],
]);
const CODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
