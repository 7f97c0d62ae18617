import { expect, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import { post, register, start, startCustomer } from './start.ts';
import type { Customer, ReceivedEvent, StartOptions } from './start.ts';

const LIFE_CYCLE = [
  'call.new',
  'call.standby',
  'call.waiting',
  'actor.entered',
  'call.ongoing',
  'actor.left',
  'call.finished',
];
// So seldom that there is one call, on a machine that does other work as well.
const ONE_CALL = { simulate: 'life-cycle', 'interval-ms': 3_000 } as const;
const NEVER_MS = 60_000;

test('a call goes through its seven events, by itself after its time in standby', async () => {
  const { customer } = await registered({ options: { standbyMs: 200 } });
  const call = await wholeCall(customer);
  expect(call.map(({ type }) => type)).toEqual(LIFE_CYCLE);
  const [first, standby, waiting] = call as [ReceivedEvent, ReceivedEvent, ReceivedEvent];
  for (const event of call) {
    expect(event).toEqual({
      type: expect.any(String),
      call_id: first.call_id,
      code: expect.stringMatching(/^[0-9A-Z]{4}$/),
      direction: 'inbound',
      our_number: expect.stringMatching(/^.{14}$/),
      their_number: first['their_number'],
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  }
  expect(first['their_number']).toHaveLength(14);
  const inStandbyMs = timeOf(waiting) - timeOf(standby);
  expect(inStandbyMs).toBeGreaterThanOrEqual(195);
});

test('a call that is delegated goes on at once, and only once', async () => {
  const { provider, customer } = await registered({
    options: { standbyMs: NEVER_MS, stepMs: 200 },
  });
  const delegate = (call_id: unknown, more = {}) =>
    post(provider, '/actions', { type: 'delegate', call_id, destination: '900', ...more });

  const [call] = await eventsOf(customer, 'call.new');
  const early = await delegate(call?.call_id);
  expect(early).toMatchObject({ status: 409, codes: ['NOT_IN_STANDBY'] });
  await eventsOf(customer, 'call.standby');
  expect(await delegate(call?.call_id)).toEqual({ status: 200, text: '', codes: [] });
  expect(await delegate(call?.call_id)).toMatchObject({ status: 409, codes: ['NOT_IN_STANDBY'] });
  expect((await wholeCall(customer)).map(({ type }) => type)).toEqual(LIFE_CYCLE);
  await waitFor(
    async () => (await delegate(call?.call_id)).codes[0] === 'UNKNOWN_CALL',
    'the call to be forgotten',
  );
  expect(await delegate('some-other-call')).toMatchObject({ status: 404, codes: ['UNKNOWN_CALL'] });
});

test('an answer may come before the event is known to be told', async () => {
  const { provider, customer } = await registered({ options: { standbyMs: NEVER_MS } });
  customer.answer = ({ body }, response) => {
    const { type, call_id } = JSON.parse(body) as ReceivedEvent;
    if (type !== 'call.standby') return void response.end();
    const action = { type: 'delegate', call_id, destination: '901' };
    void post(provider, '/actions', action).then(({ status }) => response.writeHead(status).end());
  };
  expect(await wholeCall(customer)).toHaveLength(7);
});

test('everything that is wrong with an action is named', async () => {
  const { provider } = await registered();
  const good = { type: 'delegate', call_id: 'x', destination: '900' };
  const refused: [unknown, string[]][] = [
    [{}, ['INVALID_TYPE', 'INVALID_CALL_ID', 'INVALID_DESTINATION']],
    [{ ...good, type: 'hang-up' }, ['INVALID_TYPE']],
    [{ ...good, call_id: 7 }, ['INVALID_CALL_ID']],
    [{ ...good, destination: '' }, ['INVALID_DESTINATION']],
    [{ ...good, destination: 'x'.repeat(256) }, ['INVALID_DESTINATION']],
    [null, ['INVALID_BODY']],
    ['{', ['INVALID_JSON']],
  ];
  for (const [body, codes] of refused) {
    expect(await post(provider, '/actions', body)).toMatchObject({ status: 400, codes });
  }
});

test('a call can be delegated after the calls were stopped, until the provider stops', async () => {
  const { provider, customer } = await registered({ options: { standbyMs: NEVER_MS } });
  const [call] = await eventsOf(customer, 'call.standby');
  await provider.stopCalls();
  const told = customer.received.length;
  const action = { type: 'delegate', call_id: call?.call_id, destination: '900' };
  expect(await post(provider, '/actions', action)).toMatchObject({ status: 200 });
  const registration = await register(provider, customer);
  expect(registration).toMatchObject({ status: 503, codes: ['STOPPING'] });
  await provider.stop();
  expect(customer.received).toHaveLength(told);
});

test('calls that are underway do not hold up a stop', async () => {
  const { provider, customer } = await registered({ options: { standbyMs: NEVER_MS } });
  await eventsOf(customer, 'call.standby');
  const startedAt = performance.now();
  await provider.stop();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

async function registered(settings: StartOptions = {}) {
  const provider = await start({ ...ONE_CALL, ...settings });
  const customer = await startCustomer();
  await register(provider, customer);
  return { provider, customer };
}

async function eventsOf(customer: Customer, type: string): Promise<ReceivedEvent[]> {
  return waitFor(() => {
    const found = customer.events().filter((event) => event.type === type);
    return found.length > 0 && found;
  }, type);
}

/** The events of the first call, in the order of their timestamps. */
async function wholeCall(customer: Customer): Promise<ReceivedEvent[]> {
  const [finished] = await eventsOf(customer, 'call.finished');
  return waitFor(() => {
    const call = customer.events().filter((event) => event.call_id === finished?.call_id);
    return call.length >= LIFE_CYCLE.length && call.toSorted((a, b) => timeOf(a) - timeOf(b));
  }, 'all events of the call');
}

function timeOf({ timestamp }: ReceivedEvent): number {
  return Date.parse(String(timestamp));
}
