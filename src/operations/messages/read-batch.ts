import { parseJson } from '../parse-json.ts';
import { jsonItems, jsonMember } from './json-member.ts';

/** Reads the body of a batch, with the exact text of each message. Throws `validation`. */
export function readBatch(text: string): { input: unknown; texts: readonly string[] | null } {
  const input = parseJson(text);
  const messages = jsonMember(text, 'messages');
  return { input, texts: messages === null ? null : jsonItems(messages) };
}
