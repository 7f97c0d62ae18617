import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import { createIds } from '../../src/domain/ids.ts';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { type HttpServerDeps, createHttpServer } from '../../src/http/server.ts';
import {
  type Operations,
  type OperationsDeps,
  type TokenGrant,
  createAuthenticator,
  createOperations,
  createTokens,
} from '../../src/operations/operations.ts';
import type { Intake } from '../../src/delivery/delivery.ts';
import { createEndpointCache } from '../../src/storage/endpoint-cache.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { checkContract } from './contract-check.ts';
import { openTestStorage } from './test-backends.ts';

/** The HTTP API on a free port, with its own database and without the delivery engine. */
export interface ApiServer {
  readonly url: string;
  readonly storage: Storage;
  readonly operations: Operations;
  /** The hand-offs that a delivery engine would have got. */
  readonly handedOver: Handoff[];
  /** Errors that the server logged. */
  readonly logged: object[];
  /** The number of requests that `node:http` handled, and not the fast publish. */
  requests(): number;
  /** All connections that were accepted, in order. */
  readonly accepted: Socket[];
  /** All routes; `:name` stands for a parameter. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  issue(grant: TokenGrant): Promise<string>;
  stop(): Promise<void>;
}

export async function startApiServer({
  withStorage = (storage) => storage,
  withOperations = (operations) => operations,
  allowNetworks = [],
  clock = systemClock,
  folder,
  settings = {},
  ...options
}: {
  clock?: Clock;
  /** The folder with the database of an earlier server; the caller removes it. */
  folder?: string;
  allowNetworks?: readonly string[];
  settings?: Pick<
    OperationsDeps,
    'portalUrl' | 'endpointHttpsOnly' | 'signatureType' | 'onPayloadMismatch' | 'transform'
  >;
  bodyLimitBytes?: number;
  corsOrigins?: readonly string[];
  closeGraceMs?: number;
  closeLingerMs?: number;
  fastPublish?: boolean;
  faces?: NonNullable<HttpServerDeps['faces']>;
  /** Wraps the storage that the operations get. */
  withStorage?: (storage: Storage) => Storage;
  /** Wraps the operations that the API gets. */
  withOperations?: (operations: Operations) => Operations;
} = {}): Promise<ApiServer> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'posthaste-api-')));
  const storage = await openTestStorage(place, clock);
  await storage.start();
  const handedOver: Handoff[] = [];
  const logged: object[] = [];
  const ids = createIds(clock);
  const tokens = createTokens({ secret: 'a secret of at least thirty-two bytes', clock });
  const authenticator = createAuthenticator({ tokens, storage, clock });
  const operations = createOperations({
    storage: withStorage(storage),
    endpointCache: createEndpointCache(storage),
    intake: silentIntake(handedOver),
    clock,
    ids,
    addressGuard: createAddressGuard(allowNetworks),
    tokens,
    forgetTokens: () => authenticator.forget(),
    ...settings,
  });
  const server = createHttpServer({
    operations: withOperations(operations),
    tokens: authenticator,
    log: { error: (context) => void logged.push(context) },
    closeLingerMs: 0,
    ...options,
  });
  const routes: { method: string; url: string }[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.push({ method: name, url });
  });
  const differences = checkContract(server);
  let requests = 0;
  server.server.on('request', () => requests++);
  const accepted: Socket[] = [];
  server.server.on('connection', (socket: Socket) => accepted.push(socket));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    storage,
    operations,
    handedOver,
    logged,
    requests: () => requests,
    accepted,
    routes,
    issue: (grant) => tokens.issue(grant),
    async stop() {
      await server.close();
      await storage.stop();
      if (folder === undefined) await rm(place, { recursive: true });
      if (differences.length > 0) {
        throw new Error(`The description of the API says otherwise:\n${differences.join('\n')}`);
      }
    },
  };
}

function silentIntake(handedOver: Handoff[]): Intake {
  return {
    claimMs: 60_000,
    reserve: () => true,
    cancel() {},
    handOver: (handoffs) => void handedOver.push(...handoffs),
    reachesOwner: () => false,
    send() {},
    wake() {},
    endpointChanged() {},
  };
}
