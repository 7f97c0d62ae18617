import type { Handoff } from '../../src/domain/delivery.ts';

/** A valid hand-off of the message with this id. */
export function makeHandoff(messageId: string, payload = '{"type":"call.new"}'): Handoff {
  return {
    messageId,
    endpointId: 'ep_1',
    applicationId: 'app_1',
    payload,
    contentType: null,
    headers: null,
    attemptCount: 0,
    scheduleStep: 0,
    trigger: 'scheduled',
    claim: { owner: 1, until: 1_700_000_000_000 },
  };
}

/** Hand-offs of the messages m1, m2, … */
export function makeHandoffs(count: number, payload?: string): Handoff[] {
  return Array.from({ length: count }, (_, index) => makeHandoff(`m${index + 1}`, payload));
}

export function messageIds(handoffs: readonly Handoff[]): string[] {
  return handoffs.map((handoff) => handoff.messageId);
}
