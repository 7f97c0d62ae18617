import { readFileSync } from 'node:fs';

/** How many of the descriptors that the process may open each part may hold, so that none takes those of another. */
export interface Descriptors {
  /** For requests to endpoints in flight. */
  readonly requests: number;
  /** For idle connections to receivers. */
  readonly idle: number;
  /** For connections of clients of the API. */
  readonly clients: number;
}

export function divideDescriptors(
  limit: number,
  wanted: Pick<Descriptors, 'requests' | 'idle'>,
): Descriptors {
  const free = limit - Math.min(OWN, limit / 2);
  const requests = Math.min(wanted.requests, Math.floor(free / 2));
  const idle = Math.min(wanted.idle, Math.floor(((free - requests) * 2) / 3));
  return { requests, idle, clients: Math.floor(free - requests - idle) };
}

/** The limit of this process; Infinity where it can't be read. Node.js has raised it as far as it may. */
export function descriptorLimit(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? Infinity : Number(limit);
  } catch {
    return Infinity;
  }
}

/** For the database, threads, brokers, and questions to name servers. */
const OWN = 128;
