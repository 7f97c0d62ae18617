import type { Endpoint } from '../../domain/endpoint.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { DeliveryChange } from '../../storage/storage.ts';
import { findApplication, findEndpoint } from '../access.ts';
import { toAttemptOut } from '../attempts/attempt-out.ts';
import { pendingStatus } from '../attempts/attempt-out.ts';
import { toStatusOut } from '../attempts/attempt-schemas.ts';
import type { Context } from '../context.ts';
import type { Keep } from '../idempotency.ts';
import type { Principal } from '../principal.ts';
import { check } from '../validation.ts';
import type { HeadOperations } from './head-operations.ts';
import { type EndpointHeadOut, headChangeIn } from './head-schemas.ts';

export function createHeadOperations({
  storage,
  clock,
  intake,
  audit,
}: Pick<Context, 'storage' | 'clock' | 'intake' | 'audit'>): HeadOperations {
  async function findOrdered(principal: Principal, app: string, id: string): Promise<Endpoint> {
    const application = await findApplication(storage, principal, app);
    const endpoint = await findEndpoint(storage, application, id);
    if (endpoint.ordered) return endpoint;
    throw new PosthasteError(
      'not_ordered',
      'The endpoint is not ordered: no delivery waits for another',
    );
  }

  async function shown(
    principal: Principal,
    { id, applicationId }: Endpoint,
  ): Promise<EndpointHeadOut['head']> {
    const found = await storage.tasks.head(id);
    const message = found && (await storage.messages.get(applicationId, found.messageId));
    if (found === null || message === null) return null;
    const last = await storage.attempts.byMessage(message.id, {
      limit: 1,
      order: 'descending',
      endpointId: id,
    });
    return {
      msgId: message.id,
      eventType: message.eventType,
      timestamp: new Date(message.createdAt).toISOString(),
      ...toStatusOut(pendingStatus(found)),
      attemptCount: found.attemptCount,
      nextAttempt: found.claimed ? null : new Date(found.dueAt).toISOString(),
      lastAttempt: last.data.map(toAttemptOut(principal, true))[0] ?? null,
    };
  }

  /** Changes the head if it is the message that the input names. */
  async function change(
    principal: Principal,
    { id: endpointId, applicationId }: Endpoint,
    input: unknown,
    what: Pick<DeliveryChange, 'effect' | 'standings'>,
    keep: Keep<void> | undefined,
  ): Promise<void> {
    const { msgId } = check(headChangeIn, input, 'body');
    const head = await storage.tasks.head(endpointId);
    if (head?.messageId !== msgId) {
      throw new PosthasteError('not_the_head', `The endpoint does not wait for message ${msgId}`);
    }
    const now = clock.scheduleNow();
    await storage.changeDeliveries(
      { applicationId, endpointId, messageIds: [msgId], ...what, now, move: null },
      keep?.(),
      audit(principal, { applicationId, endpointId, messageId: msgId }),
    );
    intake.wake(now);
  }

  return {
    async head(principal, app, endpoint) {
      const found = await findOrdered(principal, app, endpoint);
      const [head, waiting] = await Promise.all([
        shown(principal, found),
        storage.tasks.dueCount(found.id, clock.scheduleNow(), COUNTED),
      ]);
      return { head, waiting };
    },

    async skipHead(principal, app, endpoint, input, keep) {
      const found = await findOrdered(principal, app, endpoint);
      const standings = ['waiting', 'failing', 'sending'] as const;
      await change(principal, found, input, { effect: 'cancel', standings }, keep);
    },

    async retryHead(principal, app, endpoint, input, keep) {
      const found = await findOrdered(principal, app, endpoint);
      const standings = ['waiting', 'failing'] as const;
      await change(principal, found, input, { effect: 'schedule', standings }, keep);
    },
  };
}

const COUNTED = 10_000;
