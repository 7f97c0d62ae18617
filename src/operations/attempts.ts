import { z } from 'zod';
import type { Application } from '../domain/application.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { notFound } from '../domain/errors.ts';
import { isId } from '../domain/ids.ts';
import type { AttemptFilter } from '../storage/storage.ts';
import { findApplication, findEndpoint, findMessage } from './access.ts';
import type { Context } from './context.ts';
import { endpointOut } from './endpoint-out.ts';
import { isName } from './fields.ts';
import { messageListOptions } from './message-filter.ts';
import type { AttemptOperations } from './operations.ts';
import { listOptions, listOut, pageRequest, wholeNumber } from './paging.ts';
import type {
  ListOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageStatus,
  MessageStatusText,
} from './shapes.ts';
import { check } from './validation.ts';

const attemptListOptions = messageListOptions.extend({
  status: wholeNumber(0, 4).nullish(),
  statusCodeClass: wholeNumber(0, 500)
    .refine((value) => value % 100 === 0, { error: 'must be 0, 100, 200, 300, 400 or 500' })
    .nullish(),
});

const attemptListByMessageOptions = attemptListOptions.extend({ endpointId: z.string().nullish() });

export function createAttemptOperations({ storage, dispatch, clock }: Context): AttemptOperations {
  /** A deleted endpoint's attempts can still be asked for by its id. */
  async function endpointIdOf(application: Application, endpoint: string): Promise<string> {
    const found = isName(endpoint) ? await storage.endpoints.get(application.id, endpoint) : null;
    if (found === null && !isId('ep', endpoint)) throw notFound('Endpoint', endpoint);
    return found?.id ?? endpoint;
  }

  return {
    async listByMessage(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const checked = check(attemptListByMessageOptions, options, 'query');
      if (isNeverAttempted(checked)) return nothing();
      const page = await storage.attempts.byMessage(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
        ...(checked.endpointId && {
          endpointId: await endpointIdOf(application, checked.endpointId),
        }),
      });
      return listOut(page, (row) => row.id, attemptOut(checked.withContent));
    },

    async listByEndpoint(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      const checked = check(attemptListOptions, options, 'query');
      if (isNeverAttempted(checked)) return nothing();
      const page = await storage.attempts.byEndpoint(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
      });
      return listOut(page, (row) => row.id, attemptOut(checked.withContent));
    },

    async get(principal, app, message, attempt) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const found = isId('atmpt', attempt) ? await storage.attempts.get(id, attempt) : null;
      if (found === null) throw notFound('Attempt', attempt);
      return attemptOut(true)(found);
    },

    async listDestinations(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const page = pageRequest(check(listOptions, options, 'query'), 'ep', 'ascending');
      return listOut(
        await storage.messages.deliveries(application.id, id, page),
        (row) => row.endpoint.id,
        destinationOut,
      );
    },

    async resend(principal, app, message, endpoint) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const { id: endpointId } = await findEndpoint(storage, application, endpoint);
      const now = clock.now();
      await storage.scheduleDelivery({
        messageId: id,
        endpointId,
        applicationId: application.id,
        dueAt: now,
        trigger: 'manual',
      });
      dispatch.wake(now);
    },
  };
}

/** An attempt has succeeded or failed; what is pending, sending or cancelled is its delivery. */
function isNeverAttempted({ status }: z.output<typeof attemptListOptions>): boolean {
  return status === 1 || status === 3 || status === 4;
}

function nothing(): ListOut<never> {
  return { data: [], iterator: null, prevIterator: null, done: true };
}

function attemptFilter(options: z.output<typeof attemptListOptions>): AttemptFilter {
  return {
    ...(typeof options.status === 'number' && { succeeded: options.status === 0 }),
    ...(typeof options.statusCodeClass === 'number' && {
      statusCodeClass: options.statusCodeClass,
    }),
    ...(options.channel && { channel: options.channel }),
    ...(options.eventTypes && { eventTypes: options.eventTypes }),
    ...(typeof options.before === 'number' && { startedBefore: options.before }),
    ...(typeof options.after === 'number' && { startedAfter: options.after }),
  };
}

const STATUS_TEXTS: readonly MessageStatusText[] = ['success', 'pending', 'fail', 'sending'];

function statusOut(status: MessageStatus) {
  return { status, statusText: STATUS_TEXTS[status] ?? 'pending' };
}

function attemptOut(withContent: boolean): (attempt: Attempt) => MessageAttemptOut {
  return (attempt) => ({
    id: attempt.id,
    msgId: attempt.messageId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    response: withContent ? attempt.response : '',
    responseStatusCode: attempt.statusCode ?? 0,
    responseDurationMs: Math.round(attempt.durationMs),
    ...statusOut(attempt.succeeded ? 0 : 2),
    triggerType: attempt.trigger === 'manual' ? 1 : 0,
    timestamp: new Date(attempt.startedAt).toISOString(),
    attemptNumber: attempt.number,
    failure: attempt.failure,
    detail: attempt.detail,
  });
}

function destinationOut(row: { delivery: Delivery; endpoint: Endpoint }): MessageEndpointOut {
  const { metadata: _, ...endpoint } = endpointOut(row.endpoint);
  const { state, claimed, dueAt } = row.delivery;
  const waiting = state === 'pending' && !claimed && dueAt !== null;
  return {
    ...endpoint,
    ...statusOut(deliveryStatus(row.delivery)),
    nextAttempt: waiting ? new Date(dueAt).toISOString() : null,
  };
}

function deliveryStatus({ state, claimed }: Delivery): MessageStatus {
  if (state === 'delivered') return 0;
  if (state === 'pending') return claimed ? 3 : 1;
  return 2;
}
