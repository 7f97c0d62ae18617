/** One operation of the HTTP API, for the command and the MCP server. */
export interface ApiOperation {
  /** `v1.endpoint.create` */
  readonly id: string;
  /** The command's first word: `endpoint`. */
  readonly resource: string;
  /** The command's second word: `create`. */
  readonly verb: string;
  readonly method: string;
  /** The path after the server's address: `/api/v1/app/{app_id}/endpoint`. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly pathParameters: readonly ApiParameter[];
  readonly query: readonly ApiParameter[];
  readonly body: ApiBody | null;
  /** Whether the answer is a page of rows. */
  readonly isList: boolean;
}

export interface ApiParameter {
  /** The name on the wire: `with_content`, `eventTypes`. */
  readonly name: string;
  readonly description: string;
  readonly kind: ValueKind;
  /** JSON Schema, without references. */
  readonly schema: object;
}

export interface ApiBody {
  readonly isRequired: boolean;
  readonly members: readonly ApiParameter[];
  readonly requiredMembers: readonly string[];
  /** An example body; it works as it is once the objects that it names exist. */
  readonly example: unknown;
  /** JSON Schema, without references. */
  readonly schema: object;
}

/** How a value is written on a command line: lists with commas, a map as `name=value`. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'texts' | 'numbers' | 'map' | 'json';
