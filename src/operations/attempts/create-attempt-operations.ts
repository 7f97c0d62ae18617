import type { z } from 'zod';
import type { Application } from '../../domain/application.ts';
import type { Attempt } from '../../domain/attempt.ts';
import { PosthasteError, notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import type { AttemptFilter, Standing } from '../../storage/storage.ts';
import { findApplication, findEndpoint, findMessage } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import { messageFilter } from '../messages/message-schemas.ts';
import { type ListOut, toListOut, pageRequest } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check } from '../validation.ts';
import type { AttemptOperations } from './attempt-operations.ts';
import {
  toAttemptHeadersOut,
  toAttemptOut,
  toDestinationOut,
  toStandingMessage,
} from './attempt-out.ts';
import {
  attemptListByMessageOptions,
  attemptListOptions,
  endpointMessageListOptions,
  destinationListOptions,
} from './attempt-schemas.ts';

export function createAttemptOperations({
  storage,
  intake,
  clock,
  audit,
}: Context): AttemptOperations {
  /** The attempts of a deleted endpoint are still found by its id. */
  async function endpointIdOf(application: Application, endpoint: string): Promise<string> {
    const found = isName(endpoint) ? await storage.endpoints.get(application.id, endpoint) : null;
    if (found === null && !isId('ep', endpoint)) throw notFound('Endpoint', endpoint);
    return found?.id ?? endpoint;
  }

  async function findAttempt(principal: Principal, app: string, message: string, attempt: string) {
    const application = await findApplication(storage, principal, app);
    const { id } = await findMessage(storage, application, message);
    const found = isId('atmpt', attempt) ? await storage.attempts.get(id, attempt) : null;
    if (found === null) throw notFound('Attempt', attempt);
    return found;
  }

  async function messagesOf(
    application: Application,
    attempts: readonly Attempt[],
  ): Promise<ReadonlyMap<string, Message>> {
    const ids = [...new Set(attempts.map(({ messageId }) => messageId))];
    const messages = await storage.messages.some(application.id, ids);
    return new Map(messages.map((message) => [message.id, message]));
  }

  return {
    async listByMessage(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const checked = check(attemptListByMessageOptions, options, 'query');
      if (isNeverAttempted(checked)) return emptyPage();
      const page = await storage.attempts.byMessage(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
        ...(checked.endpointId && {
          endpointId: await endpointIdOf(application, checked.endpointId),
        }),
      });
      return toListOut(page, (row) => row.id, toAttemptOut(principal, checked.withContent));
    },

    async listByEndpoint(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      const checked = check(attemptListOptions, options, 'query');
      if (isNeverAttempted(checked)) return emptyPage();
      const page = await storage.attempts.byEndpoint(id, {
        ...pageRequest(checked, 'atmpt', 'descending'),
        ...attemptFilter(checked),
      });
      const messages = await messagesOf(application, checked.withMsg ? page.data : []);
      const toOut = toAttemptOut(principal, checked.withContent);
      return toListOut(
        page,
        (row) => row.id,
        (row) => {
          const msg = messages.get(row.messageId);
          return { ...toOut(row), ...(msg && { msg }) };
        },
      );
    },

    async listMessages(principal, app, endpoint, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findEndpoint(storage, application, endpoint);
      const checked = check(endpointMessageListOptions, options, 'query');
      const { status } = checked;
      const page = await storage.messages.ofEndpoint(application.id, id, {
        ...pageRequest(checked, 'msg', 'descending'),
        ...messageFilter(checked),
        ...(typeof status === 'number' && { standing: STANDINGS[status] }),
      });
      return toListOut(
        page,
        ({ message }) => message.id,
        toStandingMessage(checked.expandedStatuses),
      );
    },

    async get(principal, app, message, attempt) {
      return toAttemptOut(principal, true)(await findAttempt(principal, app, message, attempt));
    },

    async getHeaders(principal, app, message, attempt) {
      return toAttemptHeadersOut(await findAttempt(principal, app, message, attempt));
    },

    async expungeContent(principal, app, message, attempt) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const objects = { applicationId: application.id, messageId: id, attemptId: attempt };
      const isFound =
        isId('atmpt', attempt) &&
        (await storage.attempts.expungeResponse(id, attempt, audit(principal, objects)));
      if (!isFound) throw notFound('Attempt', attempt);
    },

    async listDestinations(principal, app, message, options = {}) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const checked = check(destinationListOptions, options, 'query');
      const page = pageRequest(checked, 'ep', 'ascending');
      return toListOut(
        await storage.messages.deliveries(application.id, id, page),
        (row) => row.endpoint.id,
        toDestinationOut(checked.expandedStatuses),
      );
    },

    async resend(principal, app, message, endpoint, keep) {
      const application = await findApplication(storage, principal, app);
      const found = await findMessage(storage, application, message);
      const { id: endpointId } = await findEndpoint(storage, application, endpoint);
      if (isExpunged(found)) {
        throw new PosthasteError(
          'missing_payload',
          'The payload of the message was deleted: there is nothing to send',
        );
      }
      const dueAt = clock.scheduleNow();
      const { id: applicationId } = application;
      await storage.scheduleDelivery(
        { messageId: found.id, endpointId, applicationId, dueAt, trigger: 'manual' },
        keep?.(),
        audit(principal, { applicationId, endpointId, messageId: found.id }),
      );
      intake.wake(dueAt);
    },
  };
}

type Filters = Omit<z.output<typeof attemptListByMessageOptions>, 'endpointId'>;

/** Indexed by `status`. */
const STANDINGS: readonly Standing[] = [
  'delivered',
  'waiting',
  'exhausted',
  'sending',
  'cancelled',
];

/** Whether no attempt can match: attempts succeed or fail; only deliveries are pending, sending or cancelled. */
function isNeverAttempted({ status }: Filters): boolean {
  return status === 1 || status === 3 || status === 4;
}

function emptyPage(): ListOut<never> {
  return { data: [], iterator: null, prevIterator: null, done: true };
}

function attemptFilter(options: Filters): AttemptFilter {
  return {
    ...(typeof options.status === 'number' && { succeeded: options.status === 0 }),
    ...(typeof options.statusCodeClass === 'number' && {
      statusCodeClass: options.statusCodeClass,
    }),
    ...(options.channel && { channel: options.channel }),
    ...(options.tag && { tag: options.tag }),
    ...(options.eventTypes && { eventTypes: options.eventTypes }),
    ...(typeof options.before === 'number' && { startedBefore: options.before }),
    ...(typeof options.after === 'number' && { startedAfter: options.after - 1 }),
  };
}
