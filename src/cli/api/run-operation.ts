import type { Io } from '../io.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import type { ApiOperation } from './api-operation.ts';
import { answerText } from './answer-text.ts';
import { type GivenValues, buildRequest } from './build-request.ts';
import { type FlagNames, type RefusalWords, refusalOf } from './refusal.ts';

export interface OperationRun extends GivenValues {
  readonly flagNames: FlagNames;
  readonly json?: true | undefined;
  readonly all?: true | undefined;
}

/** Calls an operation, for a list perhaps for every page, and prints the answers. Throws a `UserError`. */
export async function runOperation(
  client: ApiClient,
  io: Io,
  operation: ApiOperation,
  { flagNames, json, all, ...given }: OperationRun,
): Promise<void> {
  const path = { ...given.path };
  if (operation.path.includes('{env_id}')) path['env_id'] ??= await organizationOf(client);
  let { query } = given;
  for (;;) {
    const request = await buildRequest(operation, { ...given, path, query }, io);
    const { text } = expectSuccess(await client.request(request), { flags: flagNames });
    io.out(json ? `${text}${text === '' ? '' : '\n'}` : answerText(text, io.columns()));
    if (!operation.isList) return;
    const { iterator, done } = JSON.parse(text) as { iterator: string | null; done: boolean };
    if (done || iterator === null) return;
    if (all !== true) {
      io.err(`There are more rows: use --all, or --iterator ${iterator}\n`);
      return;
    }
    query = { ...query, iterator };
  }
}

export function expectSuccess(answer: ApiAnswer, words?: RefusalWords): ApiAnswer {
  if (answer.status < 200 || answer.status > 299) throw refusalOf(answer, words);
  return answer;
}

export async function organizationOf(client: ApiClient): Promise<string> {
  const answer = await client.request({ method: 'GET', path: '/api/v1/auth/whoami' });
  const { envId } = JSON.parse(expectSuccess(answer).text) as { envId: string };
  return envId;
}
