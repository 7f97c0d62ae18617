import { Resolver } from 'node:dns';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DnsServer, startDnsServer } from '../../../../test/support/dns-server.ts';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { type NameAnswer, SharedLookup } from './shared-lookup.ts';

class CountingResolver extends Resolver {
  cancelled = 0;

  override cancel(): void {
    this.cancelled++;
    super.cancel();
  }
}

let server: DnsServer;
let resolver: CountingResolver;
let ends: number;
beforeEach(async () => {
  server = await startDnsServer();
  resolver = new CountingResolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([server.address]);
  ends = 0;
});
afterEach(() => server.close());

function startLookup(onAnswer: (answer: NameAnswer, ttlMs: number) => void = () => {}) {
  const clock = new ManualClock();
  const question = { hostname: 'slow.test', candidates: ['slow.test'], resolver, clock };
  return new SharedLookup(question, { onAnswer, onEnd: () => ends++ });
}

test('the queries end when the last caller gives up', async () => {
  server.names.set('slow.test', 'hangs');
  const answers: NameAnswer[] = [];
  const lookup = startLookup((answer) => answers.push(answer));
  const [first, second] = [lookup.join(() => {}), lookup.join(() => {})];
  await waitFor(() => server.questions.length === 2);
  first();
  first();
  expect([ends, resolver.cancelled]).toEqual([0, 0]);
  second();
  expect([ends, resolver.cancelled]).toEqual([1, 1]);
  second();
  // Cancelled queries are answered in the next turn, and these answers must not count as failures.
  await new Promise((resolve) => setImmediate(resolve));
  expect([ends, answers]).toEqual([1, []]);
});

test('a query that nobody waits for ends with the answer', async () => {
  server.names.set('slow.test', 'hangs for IPv6');
  const clock = new ManualClock();
  const question = { hostname: 'slow.test', candidates: ['slow.test'], resolver, clock };
  const answers: NameAnswer[] = [];
  const lookup = new SharedLookup(question, { onAnswer: () => {}, onEnd: () => ends++ });
  const giveUp = lookup.join((answer) => answers.push(answer));
  await waitFor(() => clock.pending === 1);
  clock.advance(50);
  expect(answers).toEqual([[{ address: '192.0.2.1', family: 4 }]]);
  giveUp();
  expect([ends, resolver.cancelled]).toEqual([1, 1]);
});
