import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION, type EventTypeOut } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** The import of an OpenAPI document's webhooks as event types, and the export. */
const owner = { organizationId: DEFAULT_ORGANIZATION };
let server: ApiServer;
let token: string;

beforeAll(async () => {
  server = await startApiServer();
  token = await server.issue(owner);
});
afterAll(() => server.stop());

const { call } = apiCalls<Record<string, unknown>>(() => ({ url: server.url, token }));

const importing = (input: object) => call('POST', '/event-type/import/openapi', input);
const get = (name: string): Promise<EventTypeOut> => server.operations.eventTypes.get(owner, name);

/** The messages of all field errors. */
const messagesOf = (body: Record<string, unknown>) =>
  (body['detail'] as { msg: string }[]).map(({ msg }) => msg);

const json = (schema: object, more: object = {}) => ({
  requestBody: { content: { 'application/json': { schema, ...more } } },
});
const webhook = (schema: object) => ({ post: json(schema) });

const SPEC = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  webhooks: {
    'pet.new': {
      post: {
        description: 'A pet is new',
        'x-group-name': 'pets',
        'x-feature-flags': ['beta', 'zoo'],
        ...json({ $ref: '#/components/schemas/Pet' }, { example: { name: 'Rex' } }),
      },
    },
    'pet.gone': { $ref: '#/components/pathItems/Gone' },
    'pet.seen': { post: { summary: 'Seen', deprecated: true } },
  },
  components: {
    pathItems: { Gone: { post: { requestBody: { $ref: '#/components/requestBodies/Gone' } } } },
    requestBodies: { Gone: { content: { 'application/json': { schema: { type: 'string' } } } } },
    schemas: {
      Pet: {
        type: 'object',
        properties: { name: { type: 'string' }, mother: { $ref: '#/components/schemas/Pet' } },
        required: ['name'],
      },
    },
  },
};

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

describe('an import', () => {
  it('changes nothing in a dry run, and later what the dry run said', async () => {
    const dry = await importing({ spec: SPEC, dryRun: true });
    expect(dry).toMatchObject({ status: 200, body: { data: { modified: [] } } });
    const { to_modify: toModify } = dry.body['data'] as { to_modify: EventTypeOut[] };
    expect(toModify.map(({ name }) => name)).toEqual(['pet.new', 'pet.gone', 'pet.seen']);
    await expect(get('pet.new')).rejects.toMatchObject({ code: 'not_found' });

    const names = ['pet.new', 'pet.gone', 'pet.seen'];
    expect((await importing({ spec: SPEC })).body).toEqual({ data: { modified: names } });
    expect((await importing({ specRaw: JSON.stringify(SPEC) })).body).toEqual({
      data: { modified: [] },
    });
    for (const { name, description, schemas } of toModify) {
      expect(await get(name)).toMatchObject({ name, description, schemas });
    }
    const pet = { $ref: '#/$defs/Pet' };
    expect(await get('pet.new')).toMatchObject({
      description: 'A pet is new',
      groupName: 'pets',
      featureFlags: ['beta', 'zoo'],
      schemas: {
        1: {
          $schema: DRAFT_2020,
          ...pet,
          examples: [{ name: 'Rex' }],
          $defs: { Pet: { ...SPEC.components.schemas.Pet, properties: { mother: pet } } },
        },
      },
    });
    expect((await get('pet.gone')).schemas).toEqual({
      1: { $schema: DRAFT_2020, type: 'string' },
    });
    expect(await get('pet.seen')).toMatchObject({
      description: 'Seen',
      deprecated: true,
      schemas: null,
    });
    const { data } = await server.operations.audit.list(owner, { limit: 3 });
    expect(data.map(({ operation }) => operation)).toEqual(
      Array.from({ length: 3 }, () => 'eventTypes.importOpenapi'),
    );
  });

  it('resolves references, so that payloads are checked', async () => {
    await importing({ spec: SPEC });
    await server.operations.applications.create(owner, { name: 'A', uid: 'a' });
    await server.operations.settings.patch(owner, { payloadValidation: 'reject' });
    const publish = (payload: object) =>
      server.operations.messages.create(owner, 'a', { eventType: 'pet.new', payload });
    await publish({ name: 'Rex', mother: { name: 'Bella' } });
    await expect(publish({ name: 'Rex', mother: {} })).rejects.toMatchObject({
      fieldErrors: [{ loc: ['body', 'payload', 'mother', 'name'] }],
    });
  });

  it('reads YAML, restores archived types, and archives the others on request', async () => {
    await importing({ spec: SPEC });
    await server.operations.eventTypes.delete(owner, 'pet.new');
    const specRaw = `
      openapi: 3.0.3
      x-webhooks:
        pet.new:
          post:
            summary: New
            requestBody: { content: { application/json: { schema: &pet { type: object } } } }
        pet.old:
          post: { requestBody: { content: { application/json: { schema: *pet } } } }
    `;
    const { body } = await importing({ specRaw, replaceAll: true });
    expect(body).toEqual({ data: { modified: ['pet.new', 'pet.old', 'pet.gone', 'pet.seen'] } });
    expect(await get('pet.new')).toMatchObject({
      description: 'New',
      archived: false,
      groupName: 'pets',
      schemas: { 1: { type: 'object' } },
    });
    expect(await get('pet.seen')).toMatchObject({ archived: true });
  });

  it('reads exclusive bounds as OpenAPI 3.0 means them, but not in examples', async () => {
    const amount = { type: 'number', minimum: 0, exclusiveMinimum: true, nullable: true };
    const data = { $ref: 'order 7', exclusiveMinimum: true };
    const schema = {
      properties: {
        amount,
        count: { type: 'integer', maximum: 9, exclusiveMaximum: false },
        example: { $ref: '#/components/schemas/Share' },
        exclusiveMinimum: { enum: [data] },
      },
      example: data,
    };
    const components = { schemas: { Share: { maximum: 1, exclusiveMaximum: true } } };
    const spec = { openapi: '3.0.3', 'x-webhooks': { paid: webhook(schema) }, components };
    expect((await importing({ spec })).status).toBe(200);
    expect(await get('paid')).toMatchObject({
      schemas: {
        1: {
          properties: {
            amount: { type: 'number', exclusiveMinimum: 0, nullable: true },
            count: { type: 'integer', maximum: 9 },
            example: { $ref: '#/$defs/Share' },
            exclusiveMinimum: { enum: [data] },
          },
          example: data,
          $defs: { Share: { exclusiveMaximum: 1 } },
        },
      },
    });
  });

  it.each<[input: object, loc: string[]]>([
    [{}, ['body', 'spec']],
    [{ spec: { openapi: '2.0' } }, ['body', 'spec', 'openapi']],
    [{ spec: { openapi: '3.1.0' } }, ['body', 'spec', 'webhooks']],
    [{ specRaw: 'a: [' }, ['body', 'specRaw']],
    [{ specRaw: '{}', spec: {} }, ['body', 'specRaw']],
    [{ spec: { ...SPEC, webhooks: { 'a b': {} } } }, ['body', 'spec', 'webhooks', 'a b', 'name']],
    [
      { spec: { ...SPEC, webhooks: { a: webhook({ $ref: 'https://example.com/pet' }) } } },
      ['body', 'spec', 'webhooks', 'a'],
    ],
    [
      { spec: { ...SPEC, webhooks: { a: webhook({ $ref: '#/components/schemas/No' }) } } },
      ['body', 'spec', 'webhooks', 'a'],
    ],
    [
      { spec: { ...SPEC, webhooks: { a: webhook({ type: 'strin' }) } } },
      ['body', 'spec', 'webhooks', 'a', 'schemas', '1', 'type'],
    ],
    [
      { spec: { ...SPEC, webhooks: { a: { $ref: '#/webhooks/a' } } } },
      ['body', 'spec', 'webhooks', 'a'],
    ],
  ])('refuses %j', async (input, loc) => {
    expect(await importing(input)).toMatchObject({ status: 422, body: { detail: [{ loc }] } });
  });
});

it('an export is a document whose import changes nothing', async () => {
  await importing({ spec: SPEC });
  const schemas = { 1: { definitions: { a: { type: 'string' } }, $ref: '#/definitions/a' } };
  const own = { name: 'own.type', description: 'Of draft 7', schemas };
  await server.operations.eventTypes.create(owner, own);
  const { status, body: spec } = await call('GET', '/event-type/export/openapi');
  expect(status).toBe(200);
  expect(spec).toMatchObject({
    openapi: '3.1.0',
    webhooks: {
      'own.type': {
        post: {
          requestBody: {
            content: {
              'application/json': { schema: { $id: 'urn:posthaste:event-type:own.type' } },
            },
          },
        },
      },
      'pet.new': { post: { 'x-group-name': 'pets' } },
    },
  });
  expect((await importing({ spec, replaceAll: true })).body).toEqual({ data: { modified: [] } });
  const portal = await server.operations.eventTypes.exportOpenapi({
    ...owner,
    applicationId: 'app_1',
  });
  expect(Object.keys(portal.webhooks)).not.toContain('pet.new');
});

it('refuses more webhooks than a document may have, and schemas that are too large together', async () => {
  const openapi = '3.1.0';
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`a.${at}`, {}]));
  const tooMany = await importing({ dryRun: true, spec: { openapi, webhooks: many } });
  expect(tooMany.status).toBe(422);
  expect(messagesOf(tooMany.body)).toEqual(['must have at most 10000 webhooks']);

  const properties = Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`m${at}`, {}]));
  const shared = webhook({ $ref: '#/components/schemas/Large' });
  const webhooks = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`a.${at}`, shared]));
  const components = { schemas: { Large: { properties } } };
  const tooLarge = await importing({ dryRun: true, spec: { openapi, webhooks, components } });
  expect(tooLarge.status).toBe(422);
  expect(messagesOf(tooLarge.body)).toEqual([expect.stringContaining('too large together')]);
});
