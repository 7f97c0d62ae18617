import type { Config } from '../config/config.ts';
import { type Connection, addressOf } from '../config/connection.ts';
import { systemClock } from '../domain/clock.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../operations/operations.ts';

const TOKEN_SECONDS = 300;

export type ConfigWithSecret = Config & { readonly jwtSecret: string };

export interface OfOrganization {
  /** URL of a process's HTTP API; default: from the settings. */
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

/** A connection with a token of the organization, signed with the server's JWT secret. */
export async function connectionBySecret(
  config: ConfigWithSecret,
  { url, organization = DEFAULT_ORGANIZATION }: OfOrganization,
): Promise<Connection> {
  const token = await createTokens({ secret: config.jwtSecret, clock: systemClock }).issue({
    organizationId: organization,
    expiresInSeconds: TOKEN_SECONDS,
  });
  const server = addressOf(url ?? `http://${hostOf(config)}:${config.port}`);
  return { server, token, source: 'the server' };
}

function hostOf({ host }: Config): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
