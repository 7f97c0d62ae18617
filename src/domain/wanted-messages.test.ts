import { expect, it } from 'vitest';
import { makeEndpoint } from '../../test/support/storage-world.ts';
import type { Message } from './message.ts';
import type { FoundDelivery } from './standing.ts';
import { wantedMessages } from './wanted-messages.ts';

const PAYLOADS: Readonly<Record<string, string>> = {
  msg_1: '{"total":1}',
  msg_2: '{"total":2}',
  msg_3: 'no JSON',
  msg_4: '{"total":2}',
};
const FOUND = Object.keys(PAYLOADS).map((messageId): FoundDelivery => ({
  messageId,
  eventType: messageId === 'msg_4' ? 'call.end' : 'invoice.paid',
  channels: null,
  tags: null,
  deliverAt: null,
  at: messageId,
  happenedAt: 1,
  standing: 'missing',
  dueAt: null,
  lastStatusCode: null,
}));

async function wanted(endpoint: Parameters<typeof makeEndpoint>[0], found = FOUND) {
  const read: string[] = [];
  const isWanted = await wantedMessages(
    async (ids) => {
      read.push(...ids);
      return ids.map((id) => {
        const payload = PAYLOADS[id] ?? '';
        return { id, eventType: 'invoice.paid', channels: null, payload, contentType: null };
      }) as unknown as Message[];
    },
    makeEndpoint(endpoint),
    found,
  );
  return { read, ids: found.filter(isWanted).map(({ messageId }) => messageId) };
}

it('reads no message for an endpoint without a filter of payloads', async () => {
  expect(await wanted({ eventTypes: ['invoice.*'] })).toEqual({
    read: [],
    ids: ['msg_1', 'msg_2', 'msg_3'],
  });
});

it('applies the payload filter only to messages that pass the other filters, also for a disabled endpoint', async () => {
  const filter = { path: '/total', equal: 2 };
  const disabled = { reason: 'manual', at: 1 } as never;
  expect(await wanted({ eventTypes: ['invoice.*'], filter, disabled })).toEqual({
    read: ['msg_1', 'msg_2', 'msg_3'],
    ids: ['msg_2'],
  });
});

it.each([null, { path: '/total', equal: 2 }])(
  'selects no test message, which was for another endpoint: filter %j',
  async (filter) => {
    const found = FOUND.map((one) => ({ ...one, tags: ['a', 'posthaste/test'] }));
    expect(await wanted({ filter }, found)).toEqual({ read: [], ids: [] });
  },
);
