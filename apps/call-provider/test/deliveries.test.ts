import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import { answering, register, someEvents, start, startCustomer, temporaryFolder } from './start.ts';
import type { Customer } from './start.ts';

type Provider = Parameters<typeof register>[0];

// One request at a time, so that no failures are underway when the third one disables.
const ONE_BY_ONE = { 'rabbitmq-prefetch': 1 };
// So seldom that the events of a test are those of one round, on a machine that does other work as well.
const SELDOM = { 'interval-ms': 3_000 };

test.each([500, 404, 302, 204, 201])(
  'after 3 answers of %i an account gets nothing more, and the others go on',
  async (status) => {
    const provider = await start(ONE_BY_ONE);
    const broken = await startCustomer(answering({ now: status }));
    await register(provider, broken, { name: 'broken' });
    await someEvents(broken, 3);
    await severalRounds(provider);
    expect(broken.received).toHaveLength(3);
  },
);

test('who answers 410 wants no more, and is disabled at once', async () => {
  const provider = await start(ONE_BY_ONE);
  const gone = await startCustomer(answering({ now: 410 }));
  await register(provider, gone);
  await someEvents(gone, 1);
  await severalRounds(provider);
  expect(gone.received).toHaveLength(1);
});

test('the failures need not be consecutive', async () => {
  const provider = await start(ONE_BY_ONE);
  const failing = [2, 7, 20];
  const customer = await startCustomer((_request, response) => {
    response.writeHead(failing.includes(customer.received.length) ? 500 : 200).end();
  });
  await register(provider, customer);
  await someEvents(customer, 20);
  await severalRounds(provider);
  expect(customer.received).toHaveLength(20);
});

test('one event is tried 3 times, and arrives when the account registers again', async () => {
  const provider = await start(SELDOM);
  const customer = await startCustomer(answering({ now: 500 }));
  await register(provider, customer);
  await someEvents(customer, 3);
  const [id] = idsOf(customer);
  expect(idsOf(customer)).toEqual([id, id, id]);

  const elsewhere = await startCustomer();
  await registerAgain(provider, elsewhere);
  await someEvents(elsewhere, 2);
  expect(idsOf(elsewhere).filter((one) => one === id)).toEqual([id]);
  expect(customer.received).toHaveLength(3);
});

test('the failures are forgotten then; an event that is never taken is given up after 6 attempts', async () => {
  const provider = await start(SELDOM);
  const customer = await startCustomer(answering({ now: 503 }));
  await register(provider, customer);
  await someEvents(customer, 3);
  const [id] = idsOf(customer);
  await registerAgain(provider, customer);
  await someEvents(customer, 6);
  expect(idsOf(customer)).toEqual([id, id, id, id, id, id]);
  await registerAgain(provider, customer);
  await someEvents(customer, 9);
  expect(idsOf(customer).slice(6)).not.toContain(id);
});

test('a callback that hangs has its time and no more', async () => {
  const provider = await start({ ...ONE_BY_ONE, 'request-timeout-ms': 1_000 });
  const hanging = await startCustomer(() => {});
  await register(provider, hanging);
  const [first, second] = await someEvents(hanging, 3);
  // A busy machine may note the first arrival late.
  expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(700);
  const repaired = await startCustomer();
  await registerAgain(provider, repaired);
  await someEvents(repaired, 3);
  expect(hanging.received).toHaveLength(3);
});

test('requests in flight are bounded by the prefetch', async () => {
  const provider = await start({ 'rabbitmq-prefetch': 3, 'interval-ms': 10 });
  const inFlight: (() => void)[] = [];
  let most = 0;
  const customer = await startCustomer((_request, response) => {
    inFlight.push(() => response.end());
    most = Math.max(most, inFlight.length);
  });
  for (const name of ['one', 'two', 'three', 'four']) await register(provider, customer, { name });
  while (customer.received.length < 20) {
    await waitFor(() => inFlight.length >= 3, 'three requests in flight');
    inFlight.shift()?.();
  }
  expect(most).toBe(3);
  // The provider need not wait for them when it stops.
  for (const answer of inFlight) answer();
  customer.answer = (_request, response) => void response.end();
});

test('what is owed when the process stops is delivered by the next one, once', async () => {
  const settings = {
    ...SELDOM,
    'sqlite-file': join(temporaryFolder(), 'registry.db'),
    options: { retrySchedule: [0.3] },
  };
  const status = { now: 500 };
  const customer = await startCustomer(answering(status));
  const first = await start(settings);
  await register(first, customer);
  await someEvents(customer, 1);
  await first.stop();
  const [id] = idsOf(customer);
  status.now = 200;
  await start(settings);
  await someEvents(customer, 3);
  expect(idsOf(customer).filter((one) => one === id)).toEqual([id, id]);
});

test('callbacks may not be in networks that are not allowed', async () => {
  const provider = await start({ ...ONE_BY_ONE, 'allow-networks': [] });
  const customer = await startCustomer();
  expect(await register(provider, customer)).toMatchObject({
    status: 400,
    codes: ['INVALID_CALLBACK_URL'],
  });
  // A name is judged when it is called.
  const named = { ...customer, url: customer.url.replace('127.0.0.1', 'localhost') };
  expect((await register(provider, named)).status).toBe(200);
  await registerAgain(provider, named);
  expect(customer.received).toEqual([]);
});

/** Five, going by what another account gets. */
async function severalRounds(provider: Provider): Promise<void> {
  const witness = await startCustomer();
  await register(provider, witness, { name: 'witness' });
  await someEvents(witness, 5);
}

async function registerAgain(provider: Provider, customer: Customer): Promise<void> {
  await waitFor(
    async () => (await register(provider, customer)).status === 200,
    'the account to be disabled, and enabled again',
  );
}

function idsOf({ received }: Customer) {
  return received.map(({ headers }) => headers['webhook-id']);
}
