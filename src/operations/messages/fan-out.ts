import type { Handoff } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { wants } from '../../domain/filters.ts';
import type { Message } from '../../domain/message.ts';
import type { NewDelivery, NewMessage } from '../../storage/storage.ts';
import type { Context } from '../context.ts';

/** The deliveries of a new message: those that are stored claimed, and those that wait. */
export interface FanOut extends Pick<NewMessage, 'claimed' | 'deliveries'> {
  /** One for each claimed delivery; capacity is reserved for each. */
  readonly handoffs: readonly Handoff[];
}

/**
 * One delivery for each enabled endpoint whose filters match. It is handed over at once where the
 * engine has capacity, else left to the sweeper. An ordered endpoint's deliveries are always left to
 * the sweeper, which takes them one by one in order; so is what is due later.
 */
export function fanOut(
  { storage, dispatch }: Pick<Context, 'storage' | 'dispatch'>,
  message: Message,
  endpoints: readonly Endpoint[],
  dueAt: number,
): FanOut {
  const { id, applicationId, payload, contentType, deliverAt } = message;
  const claim = { owner: storage.owner, until: dueAt + dispatch.claimMs };
  const handoffs: Handoff[] = [];
  const deliveries: NewDelivery[] = [];
  for (const endpoint of endpoints) {
    if (endpoint.disabled !== null || !wants(endpoint, message)) continue;
    if (deliverAt !== null || endpoint.ordered || !dispatch.reserve(endpoint, payload.length)) {
      deliveries.push({ endpointId: endpoint.id, dueAt });
      continue;
    }
    handoffs.push({
      messageId: id,
      endpointId: endpoint.id,
      applicationId,
      payload,
      contentType,
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled',
      claim,
    });
  }
  const endpointIds = handoffs.map(({ endpointId }) => endpointId);
  const claimed = handoffs.length > 0 ? { endpointIds, until: claim.until } : null;
  return { claimed, handoffs, deliveries };
}
