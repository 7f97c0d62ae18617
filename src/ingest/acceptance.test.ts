import { expect, it } from 'vitest';
import { PosthasteError } from '../domain/errors.ts';
import { type Acceptance, createAcceptance } from './acceptance.ts';

const GOOD = { application: 'acme', eventType: 'a', payload: 1 };

interface World {
  readonly acceptance: Acceptance;
  /** The events in order. */
  readonly events: string[];
  /** The error with which the next creations reject. */
  error: unknown;
  held: boolean;
  /** While true, the application does not exist; a message may bring it. */
  missing: boolean;
  /** Whether the broker confirms dead letters. */
  confirms: boolean;
  readonly settle: (body: unknown, messageId?: string) => Promise<boolean>;
}

function world(): World {
  const events: string[] = [];
  const acceptance = createAcceptance({
    messages: {
      async create(principal, app, input, options) {
        const brings = typeof (input as { application?: unknown }).application === 'object';
        if (made.missing && !brings) throw new PosthasteError('not_found', 'no application');
        // Takes longer than finding that the application is missing.
        for (let turn = 0; brings && turn < 10; turn++) await Promise.resolve();
        if (made.error !== undefined) throw made.error;
        made.missing = false;
        events.push(`create ${principal.organizationId} ${app} ${options?.idempotencyKey}`);
        return {} as never;
      },
    },
    organizationId: 'org_test',
    queue: 'ingest',
    bodyLimitBytes: 1_000,
    deadLetters: {
      async put(message, reason) {
        if (made.confirms) events.push(`dead ${message.messageId} ${reason.code}`);
        return made.confirms;
      },
    },
    rareLog: (level, kind) => void events.push(`${level} ${kind}`),
  });
  const made: World = {
    acceptance,
    events,
    error: undefined,
    held: true,
    missing: false,
    confirms: true,
    settle(body, messageId = 'm1') {
      const message = { messageId, body: Buffer.from(JSON.stringify(body)) };
      const delivery = { message, held: made.held, ack: () => void events.push('ack') };
      return acceptance.settle(acceptance.read(delivery as never));
    },
  };
  return made;
}

it('acknowledges a message after it is accepted', async () => {
  const { settle, events } = world();
  expect(await settle(GOOD)).toBe(true);
  expect(events).toEqual(['create org_test acme m1', 'ack']);
});

it.each(['storage_unavailable', 'rate_limited', 'query_too_slow', 'stopping'] as const)(
  'keeps the message, to be tried again, on %s',
  async (code) => {
    const made = world();
    made.error = new PosthasteError(code, 'later');
    expect(await made.settle(GOOD)).toBe(false);
    expect(made.events).toEqual([`warn waiting ${code}`]);
  },
);

it.each(['not_found', 'validation', 'conflict', 'payload_too_large'] as const)(
  'puts the message into the dead-letter queue on %s, and acknowledges it then',
  async (code) => {
    const made = world();
    made.error = new PosthasteError(code, 'never');
    expect(await made.settle(GOOD)).toBe(true);
    expect(made.events).toEqual([`dead m1 ${code}`, `warn refused ${code}`, 'ack']);
  },
);

it('does the same with an invalid message, and when an internal error refuses one', async () => {
  const made = world();
  expect(await made.settle({ eventType: 'a' })).toBe(true);
  made.error = new TypeError('a defect');
  expect(await made.settle(GOOD)).toBe(true);
  expect(made.events).toEqual([
    'dead m1 validation',
    'warn refused validation',
    'ack',
    'dead m1 internal',
    'error refused internal',
    'ack',
  ]);
});

it('keeps a refused message while the dead-letter queue does not take it', async () => {
  const made = world();
  made.confirms = false;
  expect(await made.settle({})).toBe(false);
  expect(made.events).toEqual(['warn no dead letters']);
});

it('does nothing with a message that the broker delivers again', async () => {
  const made = world();
  made.held = false;
  expect(await made.settle(GOOD)).toBe(true);
  expect(made.events).toEqual([]);
});

it('does not refuse a message whose application an earlier message brings', async () => {
  const made = world();
  made.missing = true;
  const first = made.settle({ ...GOOD, application: { uid: 'acme', name: 'Acme' } });
  const second = made.settle(GOOD, 'm2');
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(made.events).toEqual(['create org_test acme m1', 'ack', 'create org_test acme m2', 'ack']);
});

it('keeps such a message while the earlier one cannot be accepted', async () => {
  const made = world();
  made.missing = true;
  made.error = new PosthasteError('storage_unavailable', 'later');
  const first = made.settle({ ...GOOD, application: { uid: 'acme', name: 'Acme' } });
  const second = made.settle(GOOD, 'm2');
  expect(await Promise.all([first, second])).toEqual([false, false]);
  made.error = undefined;
  expect(await made.settle(GOOD, 'm2')).toBe(true);
  expect(made.events.at(-2)).toBe('warn refused not_found');
});

it('has a line for each application', () => {
  const { acceptance } = world();
  const lineOf = (body: unknown) => {
    const message = { messageId: 'm1', body: Buffer.from(JSON.stringify(body)) };
    return acceptance.read({ message } as never).line;
  };
  expect(lineOf(GOOD)).toBe(lineOf({ ...GOOD, payload: 2 }));
  expect(lineOf(GOOD)).not.toBe(lineOf({ ...GOOD, application: 'other' }));
  expect(lineOf({})).not.toBe(lineOf({ ...GOOD, application: 'refused' }));
});
