import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApp } from '../../src/app/app.ts';
import { configFrom } from '../../src/config/config.ts';
import type { AttemptFailure } from '../../src/domain/attempt.ts';
import type { AttemptOutcome } from '../../src/domain/attempt-outcome.ts';
import { defineMetrics } from '../../src/metrics/definitions.ts';
import { type TestApp, publish, register, startApp } from '../support/app.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const TOKEN = 'a token of at least thirty-two characters';
let receiver: Receiver;
let app: TestApp;

beforeEach(async () => {
  receiver = await startReceiver();
  app = await startApp({ metricsPort: '0', metricsToken: TOKEN, retrySchedule: '' });
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

async function scrape(): Promise<string> {
  const { metricsAddress } = await app.start();
  if (metricsAddress === null) throw new Error('there are no metrics');
  const answer = await fetch(metricsAddress, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  return answer.text();
}

function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('metrics count each stored message and attempt once, and show what the process holds', async () => {
  receiver.answer = (request, response) =>
    response.writeHead(request.path === '/bad' ? 500 : 200).end();
  const { app: good } = await register(app, { url: `${receiver.url}good` }, 'good');
  const { app: bad } = await register(app, { url: `${receiver.url}bad` }, 'bad');
  await publish(app, good, { n: 1 }, { eventId: 'once' });
  await publish(app, good, { n: 2 });
  await publish(app, good, { n: 1 }, { eventId: 'once' }).catch(() => {});
  await publish(app, bad, { n: 3 });
  await waitFor(() => app.events.length === 3, 'three attempts to be recorded');

  const text = await scrape();
  expect(valueOf(text, 'posthaste_messages_accepted_total')).toBe(3);
  expect(valueOf(text, 'posthaste_deliveries_created_total{start="at_once"}')).toBe(3);
  const attempts = 'posthaste_attempts_total';
  expect(valueOf(text, `${attempts}{outcome="delivered",result="2xx"}`)).toBe(2);
  expect(valueOf(text, `${attempts}{outcome="exhausted",result="5xx"}`)).toBe(1);
  const durations = 'posthaste_attempt_duration_seconds_count';
  expect(valueOf(text, `${durations}{outcome="delivered"}`)).toBe(2);
  expect(valueOf(text, 'posthaste_storage_duration_seconds_count{call="accept"}')).toBeGreaterThan(
    2,
  );
  expect(valueOf(text, 'posthaste_backlog_deliveries')).toBe(0);
  expect(valueOf(text, 'posthaste_backlog_late_seconds')).toBe(0);
  expect(valueOf(text, 'posthaste_storage_up')).toBe(1);
  expect(valueOf(text, 'posthaste_lanes{state="flowing"}')).toBe(2);
  expect(valueOf(text, 'posthaste_breakers{state="closed"}')).toBe(2);
  expect(valueOf(text, 'posthaste_handoffs_held')).toBe(0);
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('metrics are not shown without the token or at other paths', async () => {
  const { metricsAddress } = await app.start();
  const url = String(metricsAddress);
  const wrong = await fetch(url, { headers: { authorization: `Bearer ${'x'.repeat(41)}` } });
  expect(wrong.status).toBe(401);
  expect((await fetch(url)).status).toBe(401);
  expect(await wrong.text()).not.toContain('posthaste_info');
  expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});

test('/started says, without a token, whether the process has started', async () => {
  const [metricsPort, nobody] = (await freePorts(2)) as [number, number];
  const starting = createApp(
    configFrom({
      databaseUrl: `postgres://nobody@127.0.0.1:${nobody}/none`,
      metricsPort: String(metricsPort),
      roles: 'worker',
    }),
    { log: pino({ level: 'silent' }) },
  );
  const failed = starting.start().catch(() => {});
  const ask = () => fetch(`http://127.0.0.1:${metricsPort}/started`);
  const early = await waitFor(() => ask().catch(() => null), 'the metrics to listen');
  expect(early.status).toBe(503);
  await starting.stop();
  await failed;

  const { metricsAddress } = await app.start();
  expect((await fetch(String(metricsAddress).replace('/metrics', '/started'))).status).toBe(204);
});

test('the dashboard and docs/metrics.md name the metrics that exist', async () => {
  const exposed = [...(await scrape()).matchAll(/^# TYPE (\S+) (\w+)/gm)].map(
    ([, name = '', type]) => ({ name, type }),
  );
  const names = new Set(
    exposed.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
  const dashboard = page('grafana-dashboard.json');
  const used = [...dashboard.matchAll(/\b(?:posthaste|nodejs|process)_\w+/g)].map(([name]) => name);
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((name) => !names.has(name))).toEqual([]);

  const documented = [...page('metrics.md').matchAll(/^\| `(posthaste_\w+)` +\| (\w+)/gm)];
  const ours = exposed.filter(({ name }) => name.startsWith('posthaste_'));
  expect(documented.map(([, name, type]) => ({ name, type })).toSorted(byName)).toEqual(
    ours.toSorted(byName),
  );
});

test('the labels that the dashboard and docs/metrics.md name exist', () => {
  const registry = new Registry();
  defineMetrics(registry);
  const labelsOf = new Map(
    registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as typeof metric & { labelNames: readonly string[] };
      return [name, labelNames];
    }),
  );
  const expressions = [...page('grafana-dashboard.json').matchAll(/"expr": "((?:\\.|[^"])+)"/g)];
  expect(expressions.length).toBeGreaterThan(20);
  for (const [, expression = ''] of expressions) {
    const [name = ''] = /posthaste_\w+/.exec(expression) ?? [];
    const labels = labelsOf.get(name.replace(/_bucket$/, ''));
    if (labels === undefined) continue;
    const selected = [...expression.matchAll(/[{,](\w+)!?[=~]/g)].map(([, label]) => label);
    const grouped = (/by \(([^)]*)\)/.exec(expression)?.[1] ?? '').split(/, */);
    const used = [...selected, ...grouped].filter((label) => label !== '');
    const known = [...labels, 'job', 'instance', ...(name.endsWith('_bucket') ? ['le'] : [])];
    expect([expression, used.filter((label) => !known.includes(label ?? ''))]).toEqual([
      expression,
      [],
    ]);
  }
  const rows = page('metrics.md').matchAll(/^\| `(posthaste_\w+)` +\| \w+ +\|([^|]*)\|/gm);
  const documented = [...rows].map(([, name, labels = '']) => [
    name,
    [...labels.matchAll(/`(\w+)`/g)]
      .map(([, label]) => label)
      .slice(0, labels.includes(':') ? 1 : 9),
  ]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(labelsOf));
});

test('docs/metrics.md lists every outcome and result of an attempt', () => {
  const [, told = ''] = /\n`outcome` is ([^]*?)\n\n/.exec(page('metrics.md')) ?? [];
  const outcomes: Readonly<Record<AttemptOutcome, true>> = {
    delivered: true,
    failed: true,
    exhausted: true,
    cancelled: true,
  };
  const results: Readonly<Record<Exclude<AttemptFailure, 'status'>, true>> = {
    timeout: true,
    connection: true,
    dns: true,
    tls: true,
    address: true,
    protocol: true,
    request: true,
    authorization: true,
    transformation: true,
  };
  for (const word of Object.keys({ ...outcomes, ...results }))
    expect(told).toContain(`\`${word}\``);
});

function byName(one: { name?: string | undefined }, other: { name?: string | undefined }): number {
  return String(one.name) < String(other.name) ? -1 : 1;
}

function page(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');
}
