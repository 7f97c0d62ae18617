import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../../src/cli/api/api-client.ts';
import { readOperations } from '../../src/cli/api/read-operations.ts';
import { processIo } from '../../src/cli/io.ts';
import { type McpSelection, mcpTools } from '../../src/cli/mcp/mcp-tools.ts';
import { serveMcp } from '../../src/cli/mcp/serve-mcp.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { waitFor } from '../support/wait-for.ts';

/** The operations as tools, called by the official client of the protocol. */

let app: HttpApp;
beforeAll(async () => {
  app = await startHttpApp();
});
afterAll(() => app.close());

async function connect(selection: McpSelection = {}, token = app.token) {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const api = createApiClient({ server: app.url, token, source: 'the test' });
  const serving = serveMcp(api, processIo(), selection, theirs);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(ours);
  return {
    client,
    async call(name: string, given: Record<string, unknown> = {}) {
      const { content, isError } = await client.callTool({ name, arguments: given });
      const [{ text } = { text: '' }] = content as { text: string }[];
      return { text, isError };
    },
    async close() {
      await client.close();
      await serving;
    },
  };
}

test('an agent creates an application, publishes and reads', async () => {
  const agent = await connect();
  expect(agent.client.getServerVersion()?.name).toBe('posthaste');
  await agent.call('app_create', { body: { name: 'Acme', uid: 'acme' } });
  const body = { eventType: 'a', payload: { n: 1 } };
  const sent = await agent.call('msg_create', { app: 'acme', body });
  expect(sent.isError).toBeUndefined();
  const list = await agent.call('msg_list', { app: 'acme', limit: 5, with_content: false });
  expect(JSON.parse(list.text)).toMatchObject({ data: [{ eventType: 'a' }], done: true });
  expect(await agent.call('api_token_list')).toMatchObject({ text: expect.stringMatching('data') });
  expect((await agent.call('app_delete', { app: 'acme' })).text).toBe('done');
  await agent.close();
});

test('an error is an answer that explains it', async () => {
  const agent = await connect();
  expect(await agent.call('app_get', { app: 'nope' })).toMatchObject({
    isError: true,
    text: expect.stringMatching('Application "nope" does not exist'),
  });
  expect((await agent.call('app_get')).text).toBe('app is required');
  expect((await agent.call('app_create', { body: {} })).text).toMatch(/name is required/);
  expect((await agent.call('nothing')).text).toBe('there is no tool nothing');
  const given = { app: 'acme', nonsense: 1 };
  expect((await agent.call('app_get', given)).text).toBe('there is no argument nonsense: app');
  expect((await agent.call('environment_import')).text).toBe('body is required');
  // An id that would lead to another path.
  const up = await agent.call('endpoint_delete', { app: 'acme', endpoint: '..' });
  expect(up).toMatchObject({ isError: true, text: '".." is not a valid name or id' });
  await agent.close();
  const stranger = await connect({}, 'wrong');
  expect((await stranger.call('app_list')).text).toMatch(/The token is malformed/);
  await stranger.close();
});

test('tools are described, and can be limited to those that only read', async () => {
  const all = await connect();
  const { tools } = await all.client.listTools();
  const create = tools.find(({ name }) => name === 'endpoint_create');
  expect(create).toMatchObject({
    description: 'Create an endpoint',
    inputSchema: {
      properties: { app: { type: 'string' }, body: { required: ['url'] } },
      required: ['app', 'body'],
    },
    annotations: { readOnlyHint: false, destructiveHint: false },
  });
  expect(tools.every(({ name }) => /^[a-z_]{1,64}$/.test(name))).toBe(true);
  expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  await all.close();

  const some = await connect({ readOnly: true, resources: ['app', 'task'] });
  const names = (await some.client.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['app_get', 'app_list', 'task_get']));
  expect(names.filter((name) => !/^(app|task)_(get|list|count)/.test(name))).toEqual([]);
  expect((await some.call('app_delete', { app: 'acme' })).isError).toBe(true);
  await some.close();
});

test('an unknown resource is refused by name', async () => {
  expect(() => mcpTools(readOperations(), { resources: ['app', 'nope'] })).toThrow(
    /^--resources nope must be one of app, endpoint, /,
  );
  const nothing = { resources: ['transformation'], readOnly: true };
  expect(mcpTools(readOperations(), nothing).map(({ name }) => name)).toEqual([
    'transformation_get',
  ]);
});

test('a cancelled call of a tool ends its request', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const hanging: ApiClient = {
    server: 'http://a.test',
    request: (_request, signal) => {
      if (signal !== undefined) asked.resolve(signal);
      return new Promise(() => {});
    },
  };
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  void serveMcp(hanging, processIo(), {}, theirs);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(ours);
  const cancel = new AbortController();
  const call = client.callTool({ name: 'app_list' }, undefined, { signal: cancel.signal });
  const signal = await asked.promise;
  cancel.abort('enough');
  await expect(call).rejects.toThrow('enough');
  await waitFor(() => signal.aborted, 'the end of the request');
  await client.close();
});

test('an answer too long for an agent is an error that says what to ask for', async () => {
  const endless: ApiClient = {
    server: 'http://a.test',
    request: async () => ({ status: 200, text: `"${'x'.repeat(2e6)}"`, retryAfterMs: null }),
  };
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  void serveMcp(endless, processIo(), {}, theirs);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(ours);
  expect(await client.callTool({ name: 'app_list' })).toMatchObject({
    isError: true,
    content: [
      { text: expect.stringMatching(/2000002 characters.* in a list with limit or with_content/) },
    ],
  });
  await client.close();
});
