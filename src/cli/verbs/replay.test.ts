import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiClient } from '../api/api-client.ts';
import { UserError } from '../user-error.ts';
import { replay } from './replay.ts';

it('fails with the reason when the task ended early', async () => {
  const task = { status: 'canceled', data: { scanned: 7, changed: 5, reason: 'by a person' } };
  const client: ApiClient = {
    server: 'http://a.test',
    async request({ method, body }) {
      const isCount = String(body).includes('"dryRun":true');
      const answer = isCount ? { count: 9, isExact: true } : { id: 'qtask_1', ...task };
      return {
        status: method === 'GET' ? 200 : 202,
        text: JSON.stringify(answer),
        retryAfterMs: null,
      };
    },
  };
  let [shown, told] = ['', ''];
  const io = {
    out: (text: string) => (shown += text),
    err: (text: string) => (told += text),
    stdin: Readable.from([]),
    columns: () => Infinity,
    env: {},
    cwd: '',
  };
  const request = { app: 'a', endpoint: 'e', only: 'failed', since: '2030-01-01' } as const;
  await expect(replay(client, io, request)).rejects.toThrow(
    new UserError('the task ended as canceled: by a person'),
  );
  expect(shown).toBe('canceled: 5 of 7 made due\n');
  expect(told).toContain('sending 9 again\n');
});
