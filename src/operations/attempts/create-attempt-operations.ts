import type { z } from 'zod';
import type { Application } from '../../domain/application.ts';
import { PosthasteError, notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { isExpunged } from '../../domain/message.ts';
import type { AttemptFilter } from '../../storage/storage.ts';
import { findApplication, findEndpoint, findMessage } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import { type ListOut, listOptions, toListOut, pageRequest } from '../paging.ts';
import { check } from '../validation.ts';
import type { AttemptOperations } from './attempt-operations.ts';
import { toAttemptOut, toDestinationOut } from './attempt-out.ts';
import {
  type attemptListOptions,
  checkedAttemptListByMessageOptions,
  checkedAttemptListOptions,
} from './attempt-schemas.ts';

export function createAttemptOperations({ storage, dispatch, clock }: Context): AttemptOperations {
  /** The attempts of a deleted endpoint are still found by its id. */
  async function endpointIdOf(application: Application, endpoint: string): Promise<string> {
    const found = isName(endpoint) ? await storage.endpoints.get(application.id, endpoint) : null;
    if (found === null && !isId('ep', endpoint)) throw notFound('Endpoint', endpoint);
    return found?.id ?? endpoint;
  }

  return {
    async listByMessage(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const checked = check(checkedAttemptListByMessageOptions, options, 'query');
      if (isNeverAttempted(checked)) return emptyPage();
      const page = await storage.attempts.byMessage(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
        ...(checked.endpointId && {
          endpointId: await endpointIdOf(application, checked.endpointId),
        }),
      });
      return toListOut(page, (row) => row.id, toAttemptOut(checked.withContent));
    },

    async listByEndpoint(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      const checked = check(checkedAttemptListOptions, options, 'query');
      if (isNeverAttempted(checked)) return emptyPage();
      const page = await storage.attempts.byEndpoint(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
      });
      return toListOut(page, (row) => row.id, toAttemptOut(checked.withContent));
    },

    async get(principal, app, message, attempt) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const found = isId('atmpt', attempt) ? await storage.attempts.get(id, attempt) : null;
      if (found === null) throw notFound('Attempt', attempt);
      return toAttemptOut(true)(found);
    },

    async listDestinations(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const page = pageRequest(check(listOptions, options, 'query'), 'ep', 'ascending');
      return toListOut(
        await storage.messages.deliveries(application.id, id, page),
        (row) => row.endpoint.id,
        toDestinationOut,
      );
    },

    async resend(principal, app, message, endpoint, keep) {
      const application = await findApplication(storage, principal, app);
      const found = await findMessage(storage, application, message);
      if (isExpunged(found)) {
        throw new PosthasteError(
          'missing_payload',
          'The payload of the message was deleted: there is nothing to send',
        );
      }
      const { id } = found;
      const { id: endpointId } = await findEndpoint(storage, application, endpoint);
      const dueAt = clock.scheduleNow();
      const { id: applicationId } = application;
      await storage.scheduleDelivery(
        { messageId: id, endpointId, applicationId, dueAt, trigger: 'manual' },
        keep?.(),
      );
      dispatch.wake(dueAt);
    },
  };
}

/** An attempt has succeeded or failed; only a delivery is pending, sending or cancelled. */
function isNeverAttempted({ status }: z.output<typeof attemptListOptions>): boolean {
  return status === 1 || status === 3 || status === 4;
}

function emptyPage(): ListOut<never> {
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
    ...(typeof options.after === 'number' && { startedAfter: options.after - 1 }),
  };
}
