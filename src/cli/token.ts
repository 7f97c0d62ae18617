import type { Config } from '../config/config.ts';
import { systemClock } from '../domain/clock.ts';
import type { Capability } from '../domain/rights.ts';
import { PosthasteError } from '../domain/errors.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../operations/operations.ts';
import { UserError } from './user-error.ts';

export interface TokenRequest {
  readonly app?: string | undefined;
  readonly organization?: string | undefined;
  readonly expiresIn?: number | undefined;
  readonly featureFlags?: readonly string[] | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
}

export async function printToken(config: Config, request: TokenRequest): Promise<void> {
  if (config.jwtSecret === null)
    throw new UserError('tokens are made with the JWT secret: set POSTHASTE_JWT_SECRET');
  if (request.featureFlags !== undefined && request.app === undefined) {
    throw new PosthasteError(
      'configuration',
      '--feature-flag needs --app: a token of the organization sees every event type',
    );
  }
  const { capabilities } = request;
  if (capabilities !== undefined && request.app === undefined) {
    throw new PosthasteError(
      'configuration',
      '--capability needs --app; to limit a token of the organization, make a key with scopes: posthaste key create',
    );
  }
  const tokens = createTokens({ secret: config.jwtSecret, clock: systemClock });
  const token = await tokens.issue({
    organizationId: request.organization ?? DEFAULT_ORGANIZATION,
    ...(request.app !== undefined && { applicationId: request.app }),
    ...(request.featureFlags !== undefined && { featureFlags: request.featureFlags }),
    ...(capabilities && { capabilities }),
    ...(request.expiresIn !== undefined && { expiresInSeconds: request.expiresIn }),
  });
  console.log(token);
}
