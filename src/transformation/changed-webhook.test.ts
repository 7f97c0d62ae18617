import { expect, it } from 'vitest';
import { readChanged } from './changed-webhook.ts';

const URL_OF_ENDPOINT = 'http://receiver.test/hook';

// JSON.stringify of V8 is recursive only for objects with numbers as keys.
it.each(['1', 'a'])(
  'a payload of any depth, in members named %s, is printed or refused',
  (name) => {
    const levels = 50_000;
    const payload = `${`{"${name}":`.repeat(levels)}1${'}'.repeat(levels)}`;
    const changed = readChanged(`{"payload":${payload}}`, URL_OF_ENDPOINT, {});
    if (typeof changed === 'string') expect(changed).toContain('nested too deeply');
    else expect(changed.payload).toBe(payload);
  },
);

it('a URL is as long as that of an endpoint at most', () => {
  const changed = (chars: number) =>
    readChanged(
      `{"payload":1,"url":"http://receiver.test/${'x'.repeat(chars)}"}`,
      URL_OF_ENDPOINT,
      {},
    );
  expect(changed(65_535)).toMatchObject({ path: expect.stringMatching(/^\/x+$/) as string });
  expect(changed(65_536)).toContain('too long');
});
