/** The API's own types. The faces are clients of the API and import nothing else of the server. */
export type * from '../../../src/operations/api-types.ts';
