import type { ListOut } from '../operations/operations.ts';

/** JSON text of a list, made from the texts of its rows, so that payloads are inserted exactly as published. */
export function listJson<T>({ data, ...paging }: ListOut<T>, rowJson: (row: T) => string): string {
  return `{"data":[${data.map(rowJson).join(',')}],${JSON.stringify(paging).slice(1)}`;
}
