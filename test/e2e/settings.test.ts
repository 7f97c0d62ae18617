import { DEFAULT_ORGANIZATION_SETTINGS } from '../../src/domain/organization-settings.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION, type PayloadMismatch } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const owner = { organizationId: DEFAULT_ORGANIZATION };
const SCHEMA = {
  type: 'object',
  properties: { amount: { type: 'number' } },
  required: ['amount'],
};
const WRONG = { loc: ['body', 'payload', 'amount'], type: 'value_error' };

let server: ApiServer;
let clock: ManualClock;
let token: string;
let mismatches: PayloadMismatch[];

beforeEach(async () => {
  mismatches = [];
  clock = new ManualClock();
  const onPayloadMismatch = (mismatch: PayloadMismatch) => void mismatches.push(mismatch);
  server = await startApiServer({ clock, settings: { onPayloadMismatch } });
  token = await server.issue(owner);
  await call('POST', '/app', { name: 'A', uid: 'a' });
  const eventType = { name: 'invoice.paid', description: '', schemas: { 1: SCHEMA } };
  await call('POST', '/event-type', eventType);
});
afterEach(() => server.stop());

const { call } = apiCalls(() => ({ url: server.url, token }));

const choose = (payloadValidation: string) => call('PATCH', '/settings', { payloadValidation });
const publish = (payload: unknown, more: object = {}) =>
  call('POST', '/app/a/msg', { eventType: 'invoice.paid', payload, ...more });

describe('the settings of an organization', () => {
  it('have defaults', async () => {
    expect(await call('GET', '/settings')).toEqual({
      status: 200,
      body: DEFAULT_ORGANIZATION_SETTINGS,
    });
    expect(await choose('warn')).toEqual({
      status: 200,
      body: { ...DEFAULT_ORGANIZATION_SETTINGS, payloadValidation: 'warn' },
    });
    expect(await call('PATCH', '/settings', {})).toMatchObject({
      body: { payloadValidation: 'warn' },
    });
    const other = { organizationId: `org_${'2'.repeat(27)}` };
    expect(await server.operations.settings.get(other)).toEqual(DEFAULT_ORGANIZATION_SETTINGS);
    expect(await choose('maybe')).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'payloadValidation'] }] },
    });
  });

  it('set retention times, until these are reset to those of the process', async () => {
    const days = { payloadRetentionPeriod: 7, attemptRetentionPeriod: 30 };
    expect(await call('PATCH', '/settings', { ...days, messageRetentionPeriod: 400 })).toEqual({
      status: 200,
      body: { payloadValidation: 'off', ...days, messageRetentionPeriod: 400 },
    });
    const { body } = await call('PATCH', '/settings', { messageRetentionPeriod: null });
    expect(body).toEqual({ payloadValidation: 'off', ...days, messageRetentionPeriod: null });
    for (const period of [0, 3651, 1.5, '7']) {
      const refused = await call('PATCH', '/settings', { payloadRetentionPeriod: period });
      expect(refused.status).toBe(422);
    }
  });

  it('are part of the configuration document', async () => {
    const settings = { payloadValidation: 'reject', attemptRetentionPeriod: 9 };
    const imported = await call('POST', '/environment/import?with_changes=true', { settings });
    expect(imported.body).toMatchObject({
      updated: 1,
      changes: [
        {
          kind: 'settings',
          name: 'settings',
          fields: ['payloadValidation', 'attemptRetentionPeriod'],
        },
      ],
    });
    expect((await publish({})).status).toBe(422);
    const { body: document } = await call('POST', '/environment/export');
    expect(document).toMatchObject({ settings });
    const again = await call('POST', '/environment/import?with_changes=true', document);
    expect(again.body).toMatchObject({ updated: 0, changes: [] });
    const entries = await server.operations.audit.list(owner, { limit: 1 });
    expect(entries.data).toMatchObject([{ operation: 'configuration.import' }]);
  });
});

describe('a payload that does not match the schema of its event type', () => {
  it('is accepted without a warning by default', async () => {
    expect((await publish({})).body).not.toHaveProperty('warnings');
    expect(mismatches).toEqual([]);
  });

  it('is accepted with a warning', async () => {
    await choose('warn');
    const answer = await publish({ amount: 'é' });
    expect(answer).toMatchObject({ status: 202, body: { warnings: [WRONG] } });
    expect((await publish({ amount: 1 })).body).not.toHaveProperty('warnings');
    expect(mismatches).toEqual([
      {
        organizationId: DEFAULT_ORGANIZATION,
        eventType: 'invoice.paid',
        action: 'warn',
        place: 'body.payload.amount',
      },
    ]);
    const { id } = answer.body as { id: string };
    expect((await call('GET', `/app/a/msg/${id}`)).body).not.toHaveProperty('warnings');
  });

  it('is refused with the place of the error', async () => {
    await choose('reject');
    expect(await publish({})).toMatchObject({ status: 422, body: { detail: [WRONG] } });
    expect((await publish({ amount: 1.0 })).status).toBe(202);
    expect((await publish({}, { eventType: 'no.such' })).status).toBe(202);
    const raw = { payload: {}, rawPayload: '<a/>', contentType: 'text/xml' };
    expect(await call('POST', '/app/a/msg', { eventType: 'invoice.paid', ...raw })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'payload'] }] },
    });
    const { data } = await server.operations.messages.list(owner, 'a');
    expect(data).toHaveLength(2);
  });

  it('in a batch is refused alone', async () => {
    const messages = [{ amount: 1 }, {}].map((payload) => ({ eventType: 'invoice.paid', payload }));
    await choose('reject');
    expect((await call('POST', '/app/a/msg/batch', { messages })).body).toMatchObject({
      results: [{ status: 202 }, { status: 422, detail: [WRONG] }],
    });
    await choose('warn');
    const { body } = await call('POST', '/app/a/msg/batch', { messages });
    expect(body).toMatchObject({ results: [{ status: 202 }, { status: 202, warnings: [WRONG] }] });
  });
});

it('the newest schema counts: at once in the process that wrote it, within a second in others', async () => {
  await choose('reject');
  expect((await publish({ amount: 'x' })).status).toBe(422);
  const schemas = { 1: SCHEMA, 2: {}, 10: { required: ['total'] } };
  await call('PATCH', '/event-type/invoice.paid', { schemas });
  expect(await publish({ amount: 'x' })).toMatchObject({
    body: { detail: [{ loc: ['body', 'payload', 'total'] }] },
  });
  // Writes as another process would.
  const { eventTypes, organizationSettings } = server.storage;
  const found = await eventTypes.get(DEFAULT_ORGANIZATION, 'invoice.paid');
  if (found === null) throw new Error('the event type is gone');
  await eventTypes.update({ ...found, schemas: null, updatedAt: found.updatedAt + 1 }, found);
  expect((await publish({})).status).toBe(422);
  clock.advance(1_000);
  expect((await publish({})).status).toBe(202);
  await eventTypes.update(found, { ...found, updatedAt: found.updatedAt + 1 });
  await organizationSettings.put(DEFAULT_ORGANIZATION, DEFAULT_ORGANIZATION_SETTINGS);
  clock.advance(1_000);
  expect((await publish({})).status).toBe(202);
});

it('an organization without validation costs one look-up a second', async () => {
  let lookUps = 0;
  const { eventTypes, organizationSettings } = server.storage;
  const get = organizationSettings.get.bind(organizationSettings);
  organizationSettings.get = (...given) => (lookUps++, get(...given));
  eventTypes.get = () => Promise.reject(new Error('nobody asked for schemas'));
  for (let time = 0; time < 5; time++) expect((await publish({})).status).toBe(202);
  expect(lookUps).toBeLessThanOrEqual(1);
});
