import { type Claim, type Handoff, UNCLAIMED } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { type Message, contentChars } from '../../domain/message.ts';
import { candidateOf, routesOf } from '../../domain/route.ts';
import type { NewDelivery, NewMessage } from '../../storage/storage.ts';
import type { Context } from '../context.ts';

/** The deliveries of a new message: those to store claimed, and those to store unclaimed. */
export interface FanOut extends Pick<NewMessage, 'claimed' | 'deliveries'> {
  /** A hand-off for each claimed delivery, with reserved capacity. */
  readonly handoffs: readonly Handoff[];
  /** A hand-off for each unclaimed delivery that is sent to the process that owns its endpoint. */
  readonly sent: readonly Handoff[];
}

/**
 * Makes one delivery for each enabled endpoint whose filters match. The delivery is handed over at once if the
 * engine has capacity, sent to the process that owns the endpoint, or left to the sweeper. Always left to the
 * sweeper are deliveries that are due later, and those of ordered endpoints, which the sweeper takes one by one
 * in order. Deliveries of a paused endpoint wait until it is resumed.
 */
export function fanOut(
  { storage, intake }: Pick<Context, 'storage' | 'intake'>,
  message: Message,
  endpoints: readonly Endpoint[],
  dueAt: number,
  trace?: string,
): FanOut {
  const { id, applicationId, eventType, payload, contentType, headers } = message;
  const { createdAt, deliverAt } = message;
  const chars = contentChars(message);
  const claim = { owner: storage.owner, until: dueAt + intake.claimMs };
  const handoffs: Handoff[] = [];
  const sent: Handoff[] = [];
  const deliveries: NewDelivery[] = [];
  const candidate = candidateOf(message);
  for (const { endpoint, mismatch } of routesOf(endpoints)) {
    if (mismatch(candidate) !== null) continue;
    const waits = deliverAt !== null || endpoint.ordered || endpoint.pausedAt !== null;
    if (waits || !intake.reserve(endpoint, chars)) {
      const handedOver = !waits && intake.reachesOwner(endpoint.id);
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
      // Deliveries with a `deliverAt` are not handed over here.
      owedSince: createdAt,
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled',
      claim: its,
    };
  }
}
