/** The API's own types: the faces are clients of it, and know nothing else of the server. */
export type * from '../../../src/operations/api-types.ts';
