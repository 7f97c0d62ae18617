import { findApplication, findMessage } from '../access.ts';
import { toDeliveryStatus } from '../attempts/attempt-out.ts';
import { destinationListOptions } from '../attempts/attempt-schemas.ts';
import type { Context } from '../context.ts';
import { pageRequest, toListOut } from '../paging.ts';
import { check } from '../validation.ts';
import type { MessageOperations } from './message-operations.ts';
import { storedRoutingOf } from './routing.ts';

export function createRoutingList({
  storage,
}: Pick<Context, 'storage'>): MessageOperations['routing'] {
  return async (principal, app, name, options = {}) => {
    const application = await findApplication(storage, principal, app);
    const message = await findMessage(storage, application, name);
    const checked = check(destinationListOptions, options, 'query');
    const request = pageRequest(checked, 'ep', 'ascending');
    const page = await storage.endpoints.list(application.id, request);
    const ids = page.data.map(({ id }) => id);
    const owed = new Map(
      (await storage.messages.deliveriesTo(application.id, message.id, ids)).map((delivery) => [
        delivery.endpointId,
        toDeliveryStatus(delivery, checked.expandedStatuses),
      ]),
    );
    const routing = storedRoutingOf(message, page.data, new Set(owed.keys()));
    return toListOut(
      { ...page, data: routing },
      (row) => row.endpointId,
      (row) => ({ ...row, ...(owed.get(row.endpointId) ?? NEVER_OWED) }),
    );
  };
}

const NEVER_OWED = { status: null, statusText: null, nextAttempt: null };
