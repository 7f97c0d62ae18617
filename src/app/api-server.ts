import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Inbox } from '../http/inbox/inbox.ts';
import { createHttpServer } from '../http/server.ts';
import {
  type Authenticator,
  DEFAULT_ORGANIZATION,
  type Operations,
  type StorageOutage,
  type Tokens,
} from '../operations/operations.ts';
import { VERSION } from '../version.ts';

export interface ApiServerParts {
  readonly config: Config;
  /** A connection beyond these is closed at once. */
  readonly maxConnections: number;
  readonly operations: Operations;
  readonly authenticator: Authenticator;
  /** Makes tokens for a console on this machine; null: every console must sign in with a token. */
  readonly signInHere: Tokens | null;
  readonly facesFolder: string | undefined;
  readonly inbox: Inbox | null;
  readonly log: Logger;
  readonly outage: Pick<StorageOutage, 'explains'>;
}

/** The HTTP API, the console and the portal, by the configuration. */
export function createApiServer(parts: ApiServerParts): FastifyInstance {
  const { config, operations, authenticator, signInHere, facesFolder, inbox, log } = parts;
  const server = createHttpServer({
    operations,
    tokens: authenticator,
    log,
    explains: parts.outage.explains,
    version: VERSION,
    bodyLimitBytes: config.bodyLimitBytes,
    fastPublish: config.fastPublish,
    corsOrigins: config.corsOrigins ?? [],
    faces: {
      folder: facesFolder,
      portal: {
        name: config.portalName,
        logo: config.portalLogo,
        color: config.portalColor,
        font: config.portalFont,
        hidesMaker: config.portalHidesMaker,
        parents: config.portalParents ?? [],
      },
      signIn: signInHere
        ? () => signInHere.issue({ organizationId: DEFAULT_ORGANIZATION, expiresInSeconds: DAY_S })
        : undefined,
    },
    inbox: inbox && { inbox, principal: { organizationId: DEFAULT_ORGANIZATION } },
  });
  server.server.maxConnections = parts.maxConnections;
  return server;
}

const DAY_S = 24 * 60 * 60;
