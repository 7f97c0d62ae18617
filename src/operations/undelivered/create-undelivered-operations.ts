import type { z } from 'zod';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import type { UndeliveredDelivery, UndeliveredScope } from '../../storage/storage.ts';
import type * as storage from '../../storage/storage.ts';
import { findApplication, findEndpoint } from '../access.ts';
import { deliveryStatus } from '../attempts/attempt-out.ts';
import type { Context } from '../context.ts';
import { messageFilter } from '../messages/message-schemas.ts';
import { pageRequest, toListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check } from '../validation.ts';
import type { UndeliveredOperations } from './undelivered-operations.ts';
import {
  type UndeliveredOut,
  undeliveredCountOfApplicationOptions,
  undeliveredFilter,
  undeliveredListOptions,
  undeliveredOfApplicationOptions,
} from './undelivered-schemas.ts';

export function createUndeliveredOperations({
  storage,
}: Pick<Context, 'storage'>): UndeliveredOperations {
  async function list(
    scope: UndeliveredScope,
    options: z.output<typeof undeliveredListOptions>,
    filter: storage.UndeliveredFilter,
  ) {
    const page = { ...pageRequest(options, 'delivery', 'descending'), ...filter };
    return toListOut(
      await storage.undelivered.list(scope, page),
      ({ delivery }) => `${delivery.messageId}.${delivery.endpointId}`,
      toOut,
    );
  }

  async function count(scope: UndeliveredScope, filter: storage.UndeliveredFilter) {
    const { pending, exhausted, isExact } = await storage.undelivered.count(scope, filter);
    return { sending: pending, fail: exhausted, isExact };
  }

  async function ofApplication(principal: Principal, app: string, endpoint: string | null) {
    const application = await findApplication(storage, principal, app);
    const scope = {
      organizationId: application.organizationId,
      applicationId: application.id,
    };
    const found = endpoint !== null ? await findEndpoint(storage, application, endpoint) : null;
    return { scope, ofEndpoint: found === null ? {} : { endpointId: found.id } };
  }

  return {
    async list(principal, options = {}) {
      const checked = check(undeliveredListOptions, options, 'query');
      return list(scopeOf(principal), checked, filterOf(checked));
    },

    async listOfApplication(principal, app, options = {}) {
      const { endpointId, ...checked } = check(undeliveredOfApplicationOptions, options, 'query');
      const { scope, ofEndpoint } = await ofApplication(principal, app, endpointId ?? null);
      return list(scope, checked, { ...filterOf(checked), ...ofEndpoint });
    },

    async count(principal, options = {}) {
      return count(scopeOf(principal), filterOf(check(undeliveredFilter, options, 'query')));
    },

    async countOfApplication(principal, app, options = {}) {
      const checked = check(undeliveredCountOfApplicationOptions, options, 'query');
      const { scope, ofEndpoint } = await ofApplication(principal, app, checked.endpointId ?? null);
      return count(scope, { ...filterOf(checked), ...ofEndpoint });
    },
  };
}

function scopeOf({ organizationId, applicationId }: Principal): UndeliveredScope {
  return { organizationId, applicationId: applicationId ?? null };
}

function filterOf(options: z.output<typeof undeliveredFilter>): storage.UndeliveredFilter {
  return {
    ...messageFilter(options),
    ...(options.status && { state: options.status === 2 ? 'exhausted' : 'pending' }),
  };
}

function toOut({ message, delivery, endpointUrl }: UndeliveredDelivery): UndeliveredOut {
  const { status, statusText, nextAttempt } = deliveryStatus(delivery, 4);
  return {
    msgId: message.id,
    appId: message.applicationId,
    endpointId: delivery.endpointId,
    endpointUrl: endpointUrl && withoutCredentials(endpointUrl),
    eventType: message.eventType,
    eventId: message.uid,
    channels: message.channels && [...message.channels],
    tags: message.tags && [...message.tags],
    timestamp: new Date(message.createdAt).toISOString(),
    status,
    statusText,
    attemptCount: delivery.attemptCount,
    nextAttempt,
  };
}
