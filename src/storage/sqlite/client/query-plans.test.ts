import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRepositories } from '../../repositories/repositories.ts';
import type { AttemptFilter, MessageFilter, Standing } from '../../storage.ts';
import { migrateSqlite } from '../migrations/migrate.ts';
import { createSqlRunner } from './sql-runner.ts';

let folder: string;
let db: DatabaseSync;
const plan: string[] = [];
const explain = ({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) => {
  const steps = db.prepare(`explain query plan ${sql}`).all(...(parameters as string[]));
  plan.push(...steps.map((step) => String(step['detail'])));
  return Promise.resolve([]);
};
const { messages, attempts, tasks, endpoints } = createRepositories(
  createSqlRunner({
    call: () => Promise.reject(new Error('lists write nothing')),
    lookUp: explain,
    list: explain,
  }),
);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-plans-'));
  const path = join(folder, 'posthaste.db');
  migrateSqlite(path);
  db = new DatabaseSync(path);
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const IN_ORDER = 'message USING INDEX message_id (application_id=? AND id<?)';
const ENDED = 'owed USING INDEX delivery_ended (endpoint_id=? AND state=? AND message_id<?)';
const page = { limit: 50, order: 'descending' } as const;
const TIMES = { before: Date.UTC(2030, 1), after: Date.UTC(2030) };
/** The bounds of a query with both limits on the id. */
const ALL_BOUNDS = 'id>? AND id<?';

const OF_MESSAGES: readonly [MessageFilter, bounds: string][] = [
  [{ createdBefore: TIMES.before }, 'id<?'],
  [{ createdAfter: TIMES.after }, 'id>?'],
  [{ createdBefore: TIMES.before, createdAfter: TIMES.after }, ALL_BOUNDS],
  [{ createdAfter: TIMES.after, channel: 'eu', eventTypes: ['call.new'] }, 'id>?'],
];
it.each(OF_MESSAGES)('messages by %o are found by their id', async (filter, bounds) => {
  plan.length = 0;
  await messages.list('app_1', { ...page, ...filter });
  const found = `message USING INDEX message_id (application_id=? AND ${bounds})`;
  const covering = found.replace('INDEX', 'COVERING INDEX');
  expect(withoutFilters()).toEqual([`SEARCH ${covering}`, `SEARCH ${found}`]);
});

const OF_ATTEMPTS: readonly [AttemptFilter, bounds: string][] = [
  [{ startedBefore: TIMES.before }, 'id<?'],
  [{ startedAfter: TIMES.after }, 'id>?'],
  [{ startedBefore: TIMES.before, startedAfter: TIMES.after }, ALL_BOUNDS],
  [{ startedAfter: TIMES.after, succeeded: true, statusCodeClass: 200 }, 'id>?'],
];
it.each(OF_ATTEMPTS)('attempts by %o are found by their id', async (filter, bounds) => {
  plan.length = 0;
  await attempts.byMessage('msg_1', { ...page, ...filter });
  const ofMessage = `SEARCH attempt USING PRIMARY KEY (message_id=? AND ${bounds})`;
  expect(plan).toEqual([ofMessage, ofMessage]);

  plan.length = 0;
  await attempts.byEndpoint('ep_1', { ...page, ...filter });
  const ofEndpoint = `SEARCH entry USING PRIMARY KEY (endpoint_id=? AND ${bounds})`;
  expect(plan.filter((step) => step === ofEndpoint)).toHaveLength(2);
  expect(plan).toContain('SEARCH attempt USING PRIMARY KEY (message_id=? AND id=?)');
  // The tail is not sorted, and is scanned up to its own bound.
  expect(new Set(plan.filter((step) => step.startsWith('SCAN entry')))).toEqual(
    new Set(['SCAN entry']),
  );
});

const OF_FAILED: readonly [AttemptFilter, bounds: string][] = [
  [{ succeeded: false }, 'endpoint_id=?'],
  [{ statusCodeClass: 500 }, 'endpoint_id=?'],
  [{ statusCodeClass: 0 }, 'endpoint_id=?'],
  [{ succeeded: false, statusCodeClass: 500, eventTypes: ['call.new'] }, 'endpoint_id=?'],
  [{ succeeded: false, startedAfter: TIMES.after }, 'endpoint_id=? AND id>?'],
];
it.each(OF_FAILED)(
  'attempts of an endpoint by %o are found by the index of failed ones',
  async (filter, bounds) => {
    plan.length = 0;
    await attempts.byEndpoint('ep_1', { ...page, ...filter });
    const found = `attempt USING INDEX attempt_failed (${bounds})`;
    const covering = found.replace('INDEX', 'COVERING INDEX');
    expect(plan.filter((step) => step.includes(' attempt '))).toEqual([
      `SEARCH ${covering}`,
      `SEARCH ${found}`,
    ]);
  },
);

it('messages with a tag are found by the tag, in order', async () => {
  plan.length = 0;
  await messages.list('app_1', { ...page, tag: 'trial', channel: 'eu', after: 'msg_2' });
  const tagged = 'SEARCH message_tag USING PRIMARY KEY';
  expect(plan.filter((step) => step.startsWith('SEARCH'))).toEqual([
    `${tagged} (application_id=? AND tag=? AND message_id<?)`,
    `${tagged} (application_id=? AND tag=? AND message_id<?)`,
    'SEARCH message USING INDEX message_id (application_id=? AND id=?)',
  ]);
  expect(plan.join()).not.toMatch(/TEMP B-TREE/);
});

it('attempts of an endpoint with a rare tag are found through the messages with the tag', async () => {
  plan.length = 0;
  await attempts.byEndpoint('ep_1', { ...page, tag: 'trial', after: 'atmpt_2' });
  expect(plan.filter((step) => / (message_tag|attempt|message|entry) /.test(step))).toEqual([
    'SEARCH message_tag USING PRIMARY KEY (application_id=? AND tag=?)',
    'SEARCH message_tag USING PRIMARY KEY (application_id=? AND tag=?)',
    'SEARCH attempt USING PRIMARY KEY (message_id=? AND id<?)',
  ]);
});

it('attempts of an endpoint by type are looked up when their message passes', async () => {
  plan.length = 0;
  await attempts.byEndpoint('ep_1', { ...page, eventTypes: ['call.new'], after: 'atmpt_2' });
  expect(plan).toContain('SEARCH attempt USING PRIMARY KEY (message_id=? AND id=?)');
  expect(plan).toContain('SEARCH message USING INDEX message_id (application_id=? AND id=?)');
});

const OF_ENDPOINT: readonly [Standing | undefined, read: string, looked: string][] = [
  [undefined, IN_ORDER, 'owed USING PRIMARY KEY (message_id=? AND endpoint_id=?)'],
  ['delivered', IN_ORDER, 'owed USING PRIMARY KEY (message_id=? AND endpoint_id=?)'],
  ['sending', IN_ORDER, 'owed USING PRIMARY KEY (message_id=? AND endpoint_id=?)'],
  ['exhausted', ENDED, 'message USING INDEX message_id (application_id=? AND id=?)'],
  ['cancelled', ENDED, 'message USING INDEX message_id (application_id=? AND id=?)'],
];
it.each(OF_ENDPOINT)(
  'messages of an endpoint that are %s are read in their order, without sorting',
  async (standing, read, looked) => {
    plan.length = 0;
    await messages.ofEndpoint('app_1', 'ep_1', {
      ...page,
      after: 'msg_2',
      ...(standing && { standing }),
    });
    const steps = plan.filter((step) => / (owed|message) /.test(step));
    expect(steps).toEqual([
      `SEARCH ${read.replace('USING INDEX', 'USING COVERING INDEX')}`,
      `SEARCH ${read}`,
      expect.stringContaining(`SEARCH ${looked}`),
    ]);
    expect(plan.join()).not.toMatch(/TEMP B-TREE|SCAN (?!json_each)/);
  },
);

const ALL_TIME = { since: null, until: TIMES.before, after: null };

it('deliveries of an endpoint are scanned along the ids of messages', async () => {
  plan.length = 0;
  const scan = { ...ALL_TIME, applicationId: 'app_1', endpointId: 'ep_1', before: 'msg_2' };
  await tasks.scan({ ...scan, by: 'publication', limit: 500, withStatus: true });
  const attempts = 'SEARCH a USING PRIMARY KEY (message_id=?)';
  expect(new Set(plan.filter((step) => /^(SEARCH|SCAN) [amd] /.test(step)))).toEqual(
    new Set([
      'SEARCH m USING INDEX message_id (application_id=? AND id>? AND id<?)',
      'SEARCH d USING PRIMARY KEY (message_id=? AND endpoint_id=?) LEFT-JOIN',
      attempts,
    ]),
  );
  expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
});

it('failed deliveries of an endpoint are scanned along its failed attempts', async () => {
  plan.length = 0;
  const scan = { ...ALL_TIME, applicationId: 'app_1', endpointId: 'ep_1', before: 'atmpt_2' };
  await tasks.scan({ ...scan, by: 'failure', limit: 500, withStatus: false });
  expect(plan.filter((step) => /^(SEARCH|SCAN) ([fmd]|later) /.test(step))).toEqual([
    'SEARCH f USING INDEX attempt_failed (endpoint_id=? AND id>? AND id<?)',
    'SEARCH later USING PRIMARY KEY (message_id=? AND id>?)',
    'SEARCH m USING INDEX message_id (application_id=? AND id=?)',
    'SEARCH d USING PRIMARY KEY (message_id=? AND endpoint_id=?) LEFT-JOIN',
  ]);
  expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
});

it('due deliveries of an endpoint, its head and running attempts are found by their indexes', async () => {
  plan.length = 0;
  await tasks.dueCount('ep_1', 1, 10);
  await tasks.head('ep_1');
  await endpoints.nextDue(['ep_1']);
  await tasks.running();
  await tasks.list('org_1', page);
  expect(plan.filter((step) => / (delivery|task) /.test(step))).toEqual([
    'SEARCH delivery USING COVERING INDEX delivery_pending (endpoint_id=? AND due_at<?)',
    'SEARCH delivery USING INDEX delivery_ordered (endpoint_id=?)',
    'SEARCH delivery USING INDEX delivery_ordered (endpoint_id=?)',
    'SEARCH delivery USING COVERING INDEX delivery_pending (endpoint_id=?)',
    'SCAN task USING INDEX task_running',
    'SEARCH task USING INDEX task_by_organization (organization_id=?)',
  ]);
});

/** The steps of the plan, without the one that reads the JSON of a channel filter. */
function withoutFilters(): string[] {
  return plan.filter((step) => step.includes(' message '));
}
