import type { Socket } from 'node:net';
import { Client, type buildConnector } from 'undici';

/** How a lane opens connections: resolves, vets and dials (see `createGuardedConnector`). */
export type Connector = buildConnector.connector;

/**
 * One keep-alive connection to an endpoint, for one exchange at a time. It dials when first used,
 * dials again after it was lost, and closes its socket after `IDLE_MS` without use.
 */
export class Connection {
  readonly client: Client;
  /** Exchanges completed on the present socket. */
  served = 0;
  #socket: Socket | null = null;

  constructor(origin: string, connect: Connector) {
    this.client = new Client(origin, {
      connect: (options, callback) => {
        this.served = 0;
        // undici's own connector returns the socket while it is still connecting, which its types
        // leave out; without it a dial could not be given up before its own time-out.
        const socket: unknown = connect(options, callback);
        this.#socket = (socket as Socket | undefined) ?? null;
      },
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      // The exchange has one deadline of its own over all of its phases.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.client.on('disconnect', () => {
      this.#socket = null;
    });
  }

  /** Gives up at once, also while dialling. */
  destroy(): void {
    this.#socket?.destroy();
    void this.client.destroy();
  }
}

const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
