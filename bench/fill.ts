/** Fills a storage with messages that were delivered long ago, faster than a server would. */
import { createIds } from '../src/domain/ids.ts';
import type { Attempt } from '../src/domain/attempt.ts';
import type { Message } from '../src/domain/message.ts';
import type { Storage } from '../src/storage/storage.ts';

type Ids = ReturnType<typeof createIds>;

export interface Filling {
  readonly organizationId: string;
  readonly applicationId: string;
  /** The endpoints, each of which gets a message in turn. */
  readonly endpointIds: readonly string[];
  readonly count: number;
  /** The time of the first message; the clock moves by a second every five hundred messages. */
  readonly from: number;
}

/** Fills the storage, and returns the message in the middle. */
export async function fill(storage: Storage, filling: Filling): Promise<Message> {
  let now = filling.from;
  const ids = createIds({ now: () => now });
  let middle: Message | null = null;
  for (let made = 0; made < filling.count; made += AT_ONCE) {
    now += 1_000;
    const messages = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        deliver(storage, ids, filling, now, made + index),
      ),
    );
    if (made <= filling.count / 2) middle = messages.at(-1) ?? null;
  }
  if (middle === null) throw new Error('a filling has at least one message');
  return middle;
}

/**
 * Accepts message number `n` and records one attempt. One message of a hundred is exhausted, and one of ten thousand
 * has the type `rare`.
 */
export async function deliver(
  storage: Storage,
  ids: Ids,
  {
    organizationId,
    applicationId,
    endpointIds,
  }: Pick<Filling, 'organizationId' | 'applicationId' | 'endpointIds'>,
  at: number,
  n: number,
): Promise<Message> {
  const endpointId = endpointIds[n % endpointIds.length] ?? '';
  const claim = { owner: storage.owner, until: at + 60_000 };
  const message: Message = {
    id: ids.next('msg'),
    organizationId,
    applicationId,
    eventType: n % 10_000 === 77 ? 'rare' : `call.${n % 20}`,
    uid: null,
    channels: n % 10 === 0 ? [`channel-${n % 1_000}`] : null,
    payload: JSON.stringify({ type: 'call.new', from: '+15550100', text: 'x'.repeat(200) }),
    contentType: null,
    headers: null,
    tags: n % 10 === 7 ? [`tag-${n % 1_000}`] : null,
    createdAt: at,
    deliverAt: null,
    expiresAt: null,
  };
  const claimed = { endpointIds: [endpointId], until: claim.until };
  await storage.acceptMessages([{ message, claimed, deliveries: [], idempotencyKey: null }]);
  const succeeded = n % 100 !== 13;
  const attempt: Attempt = {
    messageId: message.id,
    endpointId,
    applicationId,
    id: ids.next('atmpt'),
    number: 1,
    trigger: 'scheduled',
    url: 'https://example.com/hook',
    startedAt: at,
    durationMs: 12,
    succeeded,
    failure: succeeded ? null : 'status',
    detail: '',
    statusCode: succeeded ? 200 : n % 3 === 0 ? 404 : 500,
    response: 'ok',
    exchange: null,
  };
  const next = { state: succeeded ? ('delivered' as const) : ('exhausted' as const) };
  await storage.record(() => ({ records: [{ attempt, claim, next }], health: [], releases: [] }));
  return message;
}

const AT_ONCE = 500;
