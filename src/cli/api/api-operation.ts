/** One operation of the HTTP API, as the command and the MCP server offer it. */
export interface ApiOperation {
  /** `v1.endpoint.create` */
  readonly id: string;
  /** `endpoint`: the command's first word. */
  readonly resource: string;
  /** `create`: its second word. */
  readonly verb: string;
  readonly method: string;
  /** Below the server's address: `/api/v1/app/{app_id}/endpoint`. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly pathParameters: readonly ApiParameter[];
  readonly query: readonly ApiParameter[];
  readonly body: ApiBody | null;
  /** Answers a page of rows. */
  readonly isList: boolean;
}

export interface ApiParameter {
  /** On the wire: `with_content`, `eventTypes`. */
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
  /** Works as it stands once the objects exist that it names. */
  readonly example: unknown;
  /** JSON Schema, without references. */
  readonly schema: object;
}

/** How a value is written on a command line: lists with commas, a map as `name=value`. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'texts' | 'numbers' | 'map' | 'json';
