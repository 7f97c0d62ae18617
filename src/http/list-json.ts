import type { ListOut } from '../operations/operations.ts';

/** The text of a list whose rows are texts, so that payloads in them are spliced in as they were published. */
export function listJson<T>({ data, ...paging }: ListOut<T>, rowJson: (row: T) => string): string {
  return `{"data":[${data.map(rowJson).join(',')}],${JSON.stringify(paging).slice(1)}`;
}
