import { compileFilters } from '../../domain/route.ts';
import { findApplication } from '../access.ts';
import type { Context } from '../context.ts';
import { check } from '../validation.ts';
import type { MessageOperations } from './message-operations.ts';
import { messagePrecheckIn } from './message-schemas.ts';

export function createPrecheck({
  storage,
  endpointCache,
}: Pick<Context, 'storage' | 'endpointCache'>): MessageOperations['precheck'] {
  return async (principal, app, input) => {
    const { id } = await findApplication(storage, principal, app);
    const { eventType, channels = null } = check(messagePrecheckIn, input, 'body');
    const candidate = { eventType, channels, payload: () => null };
    const endpoints = await endpointCache.endpoints(id);
    // The payload is not known yet, so an endpoint with a payload filter counts as possible.
    const mayGet = endpoints.some(
      (endpoint) => compileFilters({ ...endpoint, filter: null })(candidate) === null,
    );
    return { active: mayGet };
  };
}
