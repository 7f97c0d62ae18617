import { InvalidArgumentError } from 'commander';
import type { ApiParameter } from './api-operation.ts';
import { parseExact } from './exact-json.ts';

/**
 * The JSON value of a flag's text; a repeated flag adds to its list or map. Checks only the form; the server
 * checks the value. Throws `InvalidArgumentError`.
 */
export function readValue({ kind, name }: ApiParameter, text: string, earlier: unknown): unknown {
  if (text === 'null' && kind !== 'text') return null;
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return numberOf(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') {
        throw new InvalidArgumentError('Expected true or false.');
      }
      return text === 'true';
    case 'texts':
    case 'numbers': {
      if (text.startsWith('[')) return json(text);
      const items = text.split(',').filter((item) => item !== '');
      return [
        ...((earlier as unknown[] | undefined) ?? []),
        ...(kind === 'texts' ? items : items.map(numberOf)),
      ];
    }
    case 'map': {
      if (text.startsWith('{')) return json(text);
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined) {
        throw new InvalidArgumentError('Expected name=value, or a JSON object.');
      }
      return { ...(earlier as object | undefined), [key]: value };
    }
    case 'json':
      return json(text, name);
  }
}

function numberOf(text: string): number {
  if (text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  throw new InvalidArgumentError('Expected a number.');
}

function json(text: string, name?: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    const hint =
      name === undefined ? '' : ` A text is written '"text"'; --data @FILE reads a file.`;
    throw new InvalidArgumentError(`Expected JSON: ${(error as Error).message}.${hint}`);
  }
}
