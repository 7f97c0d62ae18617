import { PosthasteError } from '../../domain/errors.ts';
import { argumentName, isFilledIn } from '../api/api-commands.ts';
import type { ApiOperation } from '../api/api-operation.ts';

/** An operation of the API as a tool for agents. */
export interface McpTool {
  readonly operation: ApiOperation;
  /** `endpoint_create` */
  readonly name: string;
  readonly description: string;
  /** Parameters of path and query as members, and the body as `body`. */
  readonly inputSchema: {
    readonly type: 'object';
    readonly properties: Readonly<Record<string, object>>;
    readonly required: string[];
    readonly additionalProperties: false;
  };
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
  };
}

export interface McpSelection {
  /** Only operations that change nothing. */
  readonly readOnly?: boolean | undefined;
  /** Only these resources; default: all. */
  readonly resources?: readonly string[] | undefined;
}

/** Throws `configuration` for an unknown resource, and when no tool is left. */
export function mcpTools(
  operations: readonly ApiOperation[],
  { readOnly, resources }: McpSelection,
): readonly McpTool[] {
  const names = mcpResources(operations);
  const unknown = resources?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new PosthasteError(
      'configuration',
      `--resources ${unknown} must be one of ${names.join(', ')}`,
    );
  }
  const tools = operations
    .filter(({ resource }) => (resources ?? names).includes(resource))
    .filter(({ method }) => !readOnly || method === 'GET')
    .map(toolOf);
  if (tools.length > 0) return tools;
  throw new PosthasteError(
    'configuration',
    '--resources and --read-only together leave no operation',
  );
}

/** The resources that agents can use. */
export function mcpResources(operations: readonly ApiOperation[]): readonly string[] {
  const names = new Set(operations.map(({ resource }) => resource));
  return [...names].filter((name) => !OF_NO_USE.has(name));
}

/** Not offered: `openapi`, because the tools describe the API, and `listener`, because listeners are programs. */
const OF_NO_USE = new Set(['openapi', 'health', 'listener']);

function toolOf(operation: ApiOperation): McpTool {
  const { resource, verb, method, summary, description, pathParameters, query, body } = operation;
  const path = pathParameters.filter((parameter) => !isFilledIn(parameter));
  const described = [
    ...path.map((parameter) => ({ ...parameter, name: inputName(parameter) })),
    ...query,
  ].map(({ name, schema, description: meaning }) => [name, { ...schema, description: meaning }]);
  return {
    operation,
    name: `${resource}_${verb}`.replaceAll('-', '_'),
    description: [summary, description].filter((text) => text !== '').join('. '),
    inputSchema: {
      type: 'object',
      properties: {
        ...(Object.fromEntries(described) as Record<string, object>),
        ...(body && { body: body.schema }),
      },
      required: [...path.map(inputName), ...(body?.isRequired ? ['body'] : [])],
      additionalProperties: false,
    },
    annotations: {
      readOnlyHint: method === 'GET',
      destructiveHint: method === 'DELETE' || /expunge|cancel|expire|delete|skip/.test(verb),
      idempotentHint: method !== 'POST',
    },
  };
}

/** `event_type_name` → `event_type` */
export function inputName(parameter: { readonly name: string }): string {
  return argumentName(parameter).replaceAll('-', '_');
}
