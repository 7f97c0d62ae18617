import { Validator } from '@seriousme/openapi-schema-validator';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/http/openapi/examples.ts';
import { MEMBERS } from '../../src/http/openapi/members.ts';
import { apiInputs, apiOutputs, DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import {
  type ApiDocument,
  type ApiOperation,
  DOCUMENT,
  answerDifferences,
} from '../support/contract-check.ts';
import { SVIX_OPERATIONS } from '../support/svix-contract.ts';
import { LIBRARY_OPERATIONS, namesIn } from '../support/svix-library-contract.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the description of the API', () => {
  it('is served without a token, as valid OpenAPI 3.1', async () => {
    const response = await fetch(`${server.url}/api/v1/openapi.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const document = (await response.json()) as ApiDocument;
    expect(document).toEqual(DOCUMENT);
    const validator = new Validator();
    expect(await validator.validate({ ...document })).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has exactly the routes of the server', () => {
    const routes = server.routes
      .filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/api/v1'))
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual(routes.toSorted());
  });

  it('has a unique id and a summary for each operation, and describes each parameter', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe('');
      for (const parameter of operation.parameters) {
        expect(parameter).toHaveProperty('description');
        expect(JSON.stringify(parameter)).not.toMatch(/"anyOf"|"schema":\{\}/);
      }
    }
  });

  it('describes each member of an object, and has no unused description', () => {
    const errors = ['HttpErrorOut', 'HTTPValidationError', 'ValidationError'];
    const schemas = Object.entries(DOCUMENT.components.schemas);
    const described = new Set<string>();
    for (const [schema, object] of schemas) {
      if (errors.includes(schema)) continue;
      const members = (object.oneOf ?? [object]).flatMap((form) =>
        Object.entries(form.properties ?? {}),
      );
      for (const [name, property] of members) {
        expect([schema, name, property]).toMatchObject([
          schema,
          name,
          { description: expect.any(String) },
        ]);
        described.add((property as { description: string }).description);
      }
    }
    for (const text of Object.values(MEMBERS)) expect(described).toContain(text);
  });

  it('says which parameters and instants a request must have', () => {
    const { parameters } = DOCUMENT.paths['/api/v1/app/{app_id}/stats/attempts']?.['get'] ?? {};
    const required = parameters?.filter((one) => 'required' in one && one.required === true);
    expect(required?.map(({ name }) => name)).toEqual(['app_id', 'since', 'until']);
    expect(DOCUMENT.components.schemas['ReplayIn']?.properties?.['since']).toMatchObject({
      type: 'string',
      format: 'date-time',
    });
    expect(JSON.stringify(DOCUMENT.components.schemas)).not.toContain('{},{"type":"string"');
  });

  it('names no member for which requests are refused', () => {
    expect(JSON.stringify(DOCUMENT)).not.toMatch(/undocumented|exclude_apps/);
    const names = [...Object.keys(apiInputs), ...Object.keys(apiOutputs)];
    expect(Object.keys(DOCUMENT.components.schemas)).toEqual(expect.arrayContaining(names));
  });

  it.each(Object.entries(EXAMPLES))('has a working example of %s', (name, example) => {
    expect(() => apiInputs[name as keyof typeof EXAMPLES].refuse(example)).not.toThrow();
    expect(Object.keys(example)).toEqual(
      expect.arrayContaining([...(DOCUMENT.components.schemas[name]?.required ?? [])]),
    );
  });

  it('holds for publishes that bypass the framework', async () => {
    const token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const principal = { organizationId: DEFAULT_ORGANIZATION };
    await server.operations.applications.create(principal, { name: 'x', uid: 'fast' });
    const before = server.requests();
    const agent = new Agent({ keepAlive: true });
    const publish = DOCUMENT.paths['/api/v1/app/{app_id}/msg']?.['post'];
    if (publish === undefined) throw new Error('there are no publishes');
    for (const body of [
      '{"eventType":"a.b","payload":{"a":1}}',
      '{"eventType":"a.b","payload":[],"channels":["c"],"eventId":"e"}',
      '{"eventType":"a.b","payload":[],"eventId":"e"}',
      '{"eventType":"a b","payload":[]}',
    ]) {
      // Sent on a new connection: one that carried another request stays with the framework.
      const sent = request(`${server.url}/api/v1/app/fast/msg`, {
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
        agent,
      });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const found = answerDifferences(publish, answer.statusCode ?? 0, await text(answer));
      expect(found).toEqual([]);
    }
    agent.destroy();
    expect(server.requests()).toBe(before);
  });
});

describe("every operation of Svix's own server is here", () => {
  it.each(Object.entries(SVIX_OPERATIONS))('%s', (route, { query, takes, answers = {} }) => {
    const operation = operationAt(route);
    const parameters = operation.parameters.filter((one) => one.in === 'query');
    expect(parameters.map(({ name }) => name)).toEqual(containing(query));
    if (takes !== undefined) expect(membersOf(bodyOf(operation))).toEqual(containing(takes));
    for (const [status, members] of Object.entries(answers)) {
      const given = answerOf(operation, STATUS_HERE[`${route} ${status}`] ?? status);
      if (members === '') continue;
      expect(membersOf(given)).toEqual(containing(members.replace('list of ', '')));
      expect(given?.endsWith('_') ?? false).toBe(members.startsWith('list of '));
    }
  });

  /** A rotation answers with the new key here. */
  const STATUS_HERE: Readonly<Record<string, string>> = {
    'POST /app/:app_id/endpoint/:endpoint_id/secret/rotate 204': '200',
  };
});

describe('all that the client libraries send is described, but what is refused or ignored', () => {
  it.each(Object.entries(LIBRARY_OPERATIONS))('%s', (route, { query, takes, ...others }) => {
    const { parameters, requestBody } = operationAt(route);
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    const members = membersOf(refIn(requestBody));
    expect(names).toEqual(containing(query));
    expect(members).toEqual(containing(takes));
    for (const name of [others.refused, others.ignored].flatMap(namesIn)) {
      expect([...names, ...members]).not.toContain(name);
    }
  });
});

function operationAt(route: string): ApiOperation {
  const [method = '', url = ''] = route.split(' ');
  const path = `/api/v1${url.replace(/:(\w+)/g, '{$1}')}`;
  const operation = DOCUMENT.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`there is no ${route}`);
  return operation;
}

function containing(members?: string): unknown {
  return expect.arrayContaining(namesIn(members));
}

function bodyOf({ requestBody }: ApiOperation): string | undefined {
  return refIn(requestBody);
}

/** The name of the answer's schema; undefined without a body. */
function answerOf({ responses }: ApiOperation, status: string): string | undefined {
  expect(Object.keys(responses)).toContain(status);
  return refIn(responses[status]);
}

function refIn(part: unknown): string | undefined {
  return /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(part ?? null))?.[1];
}

/** The members of an object; of a list, the members of its rows. */
function membersOf(name = ''): string[] {
  const listed = /^ListResponse_(\w+)_$/.exec(name)?.[1] ?? name;
  return Object.keys(DOCUMENT.components.schemas[listed]?.properties ?? {});
}
