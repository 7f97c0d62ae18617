import { expect, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { postJson } from './post-json.ts';

test('a peer that cannot be reached rejects with the reason', async () => {
  const [port = 0] = await freePorts(1);
  const posting = postJson(`http://127.0.0.1:${port}/`, {}, 5_000, new AbortController().signal);
  await expect(posting).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`);
});
