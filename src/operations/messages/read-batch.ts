import { parseJson } from '../parse-json.ts';
import { jsonItems, jsonMember } from './json-member.ts';

/** The body of a batch, with the text of each message as its publisher wrote it. Throws `validation`. */
export function readBatch(text: string): { input: unknown; texts: readonly string[] | null } {
  const input = parseJson(text);
  const messages = jsonMember(text, 'messages');
  return { input, texts: messages === null ? null : jsonItems(messages) };
}
