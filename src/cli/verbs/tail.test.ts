import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiClient } from '../api/api-client.ts';
import { tail } from './tail.ts';

it('shows a message before its attempt, even if both come during a look', async () => {
  const stop = new AbortController();
  let isPublished = false;
  // Both come just after the first list that is asked for, whichever it is.
  const listed = (row: object) => {
    const data = isPublished ? [row] : [];
    isPublished = true;
    return { data, prevIterator: null, done: true };
  };
  const client: ApiClient = {
    server: 'http://a.test',
    async request({ path }) {
      const answer = path.includes('/attempt/')
        ? listed({ id: 'atmpt_1', msgId: 'msg_1' })
        : path.includes('/msg')
          ? listed({ id: 'msg_1' })
          : { data: [{ id: 'ep_1', url: 'http://b.test' }], done: true };
      return { status: 200, text: JSON.stringify(answer), retryAfterMs: null };
    },
  };
  const shown: string[] = [];
  const out = (text: string) => {
    shown.push(text);
    stop.abort();
  };
  const io = {
    out,
    err: out,
    stdin: Readable.from([]),
    columns: () => Infinity,
    env: {},
    cwd: '',
    stopped: stop.signal,
  };
  await tail(client, io, { app: 'a', json: true });
  expect(shown[0]).toContain('"msg_1"');
  expect(shown[0]).not.toContain('atmpt_1');
});
