import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  CallToolRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { VERSION } from '../../version.ts';
import type { ApiClient } from '../api/api-client.ts';
import { buildRequest } from '../api/build-request.ts';
import { readOperations } from '../api/read-operations.ts';
import { refusalOf } from '../api/refusal.ts';
import { organizationOf } from '../api/run-operation.ts';
import { isRawNumber } from '../api/exact-json.ts';
import type { Io } from '../io.ts';
import { UserError } from '../user-error.ts';
import { isFilledIn } from '../api/api-commands.ts';
import { type McpSelection, type McpTool, inputName, mcpTools } from './mcp-tools.ts';

/** Offers the operations of the API to an agent over the transport, until the transport is closed. */
export async function serveMcp(
  client: ApiClient,
  io: Io,
  selection: McpSelection,
  transport: Transport,
): Promise<void> {
  const tools = mcpTools(readOperations(), selection);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const server = new Server(
    { name: 'posthaste', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name, description, inputSchema, annotations }) => ({
      name,
      description,
      inputSchema,
      annotations,
    })),
  }));
  server.setRequestHandler(
    CallToolRequestSchema,
    async ({ params }, { signal }): Promise<CallToolResult> => {
      const tool = byName.get(params.name);
      if (tool === undefined) return failure(`there is no tool ${params.name}`);
      try {
        return await callTool(client, io, tool, params.arguments ?? {}, signal);
      } catch (error) {
        if (error instanceof UserError) return failure(error.message);
        throw error;
      }
    },
  );
  const closed = new Promise<void>((resolve) => {
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a property of the protocol's server, which has no events
    server.onclose = resolve;
  });
  await server.connect(transport);
  await closed;
}

const INSTRUCTIONS =
  'Posthaste delivers webhooks. An application (app) is one customer; it has endpoints, and messages (msg) are published to it. A message is owed to each endpoint that wants its event type; each attempt to deliver it is recorded. To find out why something did not arrive: msg_list, attempt_list_by_msg. Lists have pages: pass the iterator of the answer until done is true.';

/** Longer answers are refused, because an agent can't read them. */
const MOST_ANSWER_CHARS = 1_000_000;

async function callTool(
  client: ApiClient,
  io: Io,
  { operation, inputSchema }: McpTool,
  given: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const known = Object.keys(inputSchema.properties);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    return failure(`there is no argument ${unknown}: ${known.join(', ') || 'it takes none'}`);
  }
  const missing = inputSchema.required.find((name) => (given[name] ?? '') === '');
  if (missing !== undefined) return failure(`${missing} is required`);
  const path: Record<string, string> = {};
  for (const parameter of operation.pathParameters) {
    const name = inputName(parameter);
    const value = isFilledIn(parameter) ? await organizationOf(client) : textOf(given[name]);
    if (value === null) return failure(`${name} must be a text`);
    path[parameter.name] = value;
  }
  const query = Object.fromEntries(
    operation.query.flatMap(({ name }) =>
      given[name] == null ? [] : [[name, queryValue(given[name])]],
    ),
  );
  const { body } = given;
  const data = body === undefined ? {} : { data: JSON.stringify(body) };
  const request = await buildRequest(operation, { path, query, members: {}, ...data }, io);
  const answer = await client.request(request, signal);
  if (answer.status > 299) return failure(refusalOf(answer, { hasNoCommands: true }).message);
  if (answer.text.length > MOST_ANSWER_CHARS) {
    return failure(
      `the answer has ${answer.text.length} characters, too many to read: request less, in a list with limit or with_content false`,
    );
  }
  return { content: [{ type: 'text', text: answer.text === '' ? 'done' : answer.text }] };
}

/** A name as text; agents may give a numeric uid as a number. Null: neither text nor number. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || isRawNumber(value) ? JSON.stringify(value) : null;
}

function queryValue(value: unknown): unknown {
  return isRawNumber(value) ? JSON.stringify(value) : value;
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}
