import { type Claim, type Handoff, UNCLAIMED } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { type Message, contentChars } from '../../domain/message.ts';
import { candidateOf, routesOf } from '../../domain/route.ts';
import type { NewDelivery, NewMessage } from '../../storage/storage.ts';
import type { Context } from '../context.ts';

/** The deliveries of a new message: those that are stored claimed, and those that wait. */
export interface FanOut extends Pick<NewMessage, 'claimed' | 'deliveries'> {
  /** One for each claimed delivery; capacity is reserved for each. */
  readonly handoffs: readonly Handoff[];
  /** One for each delivery that is handed over to another process, unclaimed. */
  readonly sent: readonly Handoff[];
}

/**
 * One delivery for each enabled endpoint whose filters match. It is handed over at once where the
 * engine has capacity, or sent to the process that owns the endpoint, else left to the sweeper. An
 * ordered endpoint's deliveries are always left to the sweeper, which takes them one by one in order;
 * so is what is due later. A paused endpoint's wait until it is resumed.
 */
export function fanOut(
  { storage, dispatch }: Pick<Context, 'storage' | 'dispatch'>,
  message: Message,
  endpoints: readonly Endpoint[],
  dueAt: number,
  trace?: string,
): FanOut {
  const { id, applicationId, eventType, payload, contentType, headers } = message;
  const { createdAt, deliverAt } = message;
  const chars = contentChars(message);
  const claim = { owner: storage.owner, until: dueAt + dispatch.claimMs };
  const handoffs: Handoff[] = [];
  const sent: Handoff[] = [];
  const deliveries: NewDelivery[] = [];
  const candidate = candidateOf(message);
  for (const { endpoint, mismatch } of routesOf(endpoints)) {
    if (mismatch(candidate) !== null) continue;
    const waits = deliverAt !== null || endpoint.ordered || endpoint.pausedAt !== null;
    if (waits || !dispatch.reserve(endpoint, chars)) {
      const handedOver = !waits && dispatch.reachesOwner(endpoint.id);
      if (handedOver) sent.push(handoff(endpoint.id, UNCLAIMED));
      deliveries.push({ endpointId: endpoint.id, dueAt, handedOver });
      continue;
    }
    handoffs.push(handoff(endpoint.id, claim));
  }
  const endpointIds = handoffs.map(({ endpointId }) => endpointId);
  const claimed = handoffs.length > 0 ? { endpointIds, until: claim.until } : null;
  return { claimed, handoffs, sent, deliveries };

  function handoff(endpointId: string, its: Claim): Handoff {
    return {
      messageId: id,
      endpointId,
      applicationId,
      payload,
      contentType,
      headers,
      trace,
      eventType,
      // What has a `deliverAt` is handed over later.
      owedSince: createdAt,
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled',
      claim: its,
    };
  }
}
