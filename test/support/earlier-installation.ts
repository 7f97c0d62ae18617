import { expect } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import { joinFleet } from './join-fleet.ts';

/**
 * Rows of an installation from before filters, authentication, retention, tags and statistics, for those tables that
 * were the same in both backends then. `expectEarlierInstallation` also expects messages, which the caller inserts:
 * `msg_1` was delivered to `ep_1`, `msg_2` waits for its second attempt, and `msg_3` is exhausted.
 */
export function earlierRows(schema = ''): string {
  return `
    insert into ${schema}application (id, organization_id, uid, name, rate_limit, metadata, policy,
        created_at, updated_at)
      values ('app_1', 'org_1', 'acme', 'Acme', 7, '{"a":"1"}', '{"timeoutMs":500}', 1, 2);
    insert into ${schema}endpoint (id, organization_id, application_id, uid, url, description,
        event_types, channels, metadata, headers, secrets, rate_limit, concurrency, version, ordered,
        policy, failing_since, last_failed_at, failed_count, paused_at, created_at, updated_at)
      values
        ('ep_1', 'org_1', 'app_1', 'billing', 'https://example.com/', 'one', '["a","b"]', '["c"]',
          '{"b":"2"}', '{"X-One":"1"}', '[{"key":"whsec_x","expiresAt":null}]', 9, 3, 4, 0, '{}', 5, 6, 2,
          null, 1, 2),
        ('ep_2', 'org_1', 'app_1', null, 'https://example.com/', '', null, null, '{}', '{}', '[]', null,
          null, 1, 0, '{}', null, null, 0, 8, 1, 2);
    insert into ${schema}event_type (organization_id, name, description, archived, deprecated,
        feature_flag, schemas, created_at, updated_at)
      values ('org_1', 'a', 'An a', 0, 1, 'beta', '{"1":{"type":"object"}}', 1, 2);
    insert into ${schema}kept_answer values ('POST /x key', 'org_1', 'print', 202, '{"id":"msg_1"}', 3000);
    insert into ${schema}task (id, organization_id, application_id, endpoint_id, kind, selection, status,
        reason, cursor, scanned_count, changed_count, created_at, updated_at)
      values ('qtask_1', 'org_1', 'app_1', 'ep_1', 'endpoint.bulk-replay',
        '{"effect":"schedule","by":"publication","since":null,"until":9,"standings":["exhausted"],"eventTypes":null,"channel":null,"statusCodeClass":null}',
        'running', null, 'msg_1', 11, 10, 3, 4);`;
}

/** Expects the storage to show the rows of `earlierRows` and the messages unchanged. */
export async function expectEarlierInstallation(storage: Storage): Promise<void> {
  const page = { limit: 9, order: 'ascending' } as const;
  expect(await storage.applications.get('org_1', 'acme')).toEqual({
    id: 'app_1',
    organizationId: 'org_1',
    uid: 'acme',
    name: 'Acme',
    rateLimit: 7,
    payloadRetentionDays: null,
    metadata: { a: '1' },
    policy: { timeoutMs: 500 },
    createdAt: 1,
    updatedAt: 2,
  });
  expect(await storage.endpoints.get('app_1', 'billing')).toEqual({
    id: 'ep_1',
    organizationId: 'org_1',
    applicationId: 'app_1',
    uid: 'billing',
    url: 'https://example.com/',
    description: 'one',
    eventTypes: ['a', 'b'],
    channels: ['c'],
    filter: null,
    metadata: { b: '2' },
    headers: { 'X-One': '1' },
    secrets: [{ key: 'whsec_x', expiresAt: null }],
    authentication: null,
    tls: null,
    signature: null,
    transformation: null,
    rateLimit: 9,
    concurrency: 3,
    version: 4,
    ordered: false,
    policy: {},
    disabled: null,
    pausedAt: null,
    health: { failingSince: 5, lastFailedAt: 6, failedCount: 2 },
    createdAt: 1,
    updatedAt: 2,
  });
  expect(await storage.endpoints.get('app_1', 'ep_2')).toMatchObject({ pausedAt: 8 });
  expect(await storage.eventTypes.get('org_1', 'a')).toMatchObject({
    description: 'An a',
    deprecated: true,
    featureFlags: ['beta'],
    groupName: null,
    schemas: { 1: { type: 'object' } },
  });
  expect(await storage.keptAnswers.get('POST /x key', 3_001)).toMatchObject({ status: 202 });
  expect(await storage.tasks.running()).toEqual([
    expect.objectContaining({
      id: 'qtask_1',
      cursor: 'msg_1',
      selection: expect.objectContaining({ standings: ['exhausted'], tag: null }),
      progress: { scannedCount: 11, changedCount: 10 },
      resultChars: 0,
    }),
  ]);

  const { data: messages } = await storage.messages.list('app_1', page);
  expect(messages).toEqual(
    [1, 2, 3].map((number) => ({
      id: `msg_${number}`,
      organizationId: 'org_1',
      applicationId: 'app_1',
      eventType: 'a',
      uid: `uid-${number}`,
      channels: ['c'],
      tags: null,
      payload: `{"number":${number}}`,
      contentType: null,
      headers: null,
      createdAt: 1_000,
      deliverAt: null,
      expiresAt: null,
    })),
  );
  const delivery = (messageId: string) => storage.messages.delivery('app_1', messageId, 'ep_1');
  expect(await delivery('msg_1')).toMatchObject({ state: 'delivered', attemptCount: 1 });
  expect(await delivery('msg_2')).toMatchObject({
    state: 'pending',
    attemptCount: 1,
    claimed: false,
  });
  expect(await delivery('msg_3')).toMatchObject({ state: 'exhausted', attemptCount: 1 });
  const { data: attempts } = await storage.attempts.byEndpoint('ep_1', page);
  expect(attempts).toEqual(
    [1, 2, 3].map((number) =>
      expect.objectContaining({
        id: `atmpt_${number}`,
        messageId: `msg_${number}`,
        succeeded: number === 1,
        exchange: null,
      }),
    ),
  );
  const scope = { organizationId: 'org_1', applicationId: 'app_1' };
  const { data: undelivered } = await storage.undelivered.list(scope, page);
  expect(undelivered.map(({ message }) => message.id)).toEqual(['msg_2', 'msg_3']);

  await joinFleet(storage);
  const now = Date.now();
  const claim = { now, until: now + 1_000, limit: 9, maxChars: 1e6, defaultCapacity: 9 };
  const { handoffs } = await storage.claimDue({ ...claim, capacities: new Map() });
  expect(handoffs).toEqual([
    expect.objectContaining({
      messageId: 'msg_2',
      endpointId: 'ep_1',
      payload: '{"number":2}',
      headers: null,
      attemptCount: 1,
      owedSince: 1_000,
    }),
  ]);
}
