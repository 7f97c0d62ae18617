import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { createStdioTransport } from './stdio-transport.ts';

/** Feeds bytes to the transport, and returns the messages that it passes on and those that it sends. */
async function received(...chunks: readonly (string | Buffer)[]) {
  const stdin = new PassThrough();
  let written = '';
  const transport = createStdioTransport({ stdin, out: (text) => (written += text) });
  const messages: unknown[] = [];
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a property of the protocol's transport
  transport.onmessage = (message) => messages.push(message);
  await transport.start();
  for (const chunk of chunks) stdin.write(chunk);
  stdin.end();
  await finished(stdin);
  const answers = written.split('\n').filter(Boolean);
  return { messages, answers: answers.map((line) => JSON.parse(line) as unknown) };
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

test('messages arrive whole, however their bytes are cut', async () => {
  const bytes = Buffer.from(`\ufeff${PING}\r\n\n${PING.replace('1', '"ž"')}\n`);
  const cut = [...bytes].map((byte) => Buffer.from([byte]));
  const { messages, answers } = await received(...cut);
  expect(messages).toMatchObject([{ id: 1 }, { id: 'ž' }]);
  expect(answers).toEqual([]);
});

test('numbers keep their digits', async () => {
  const params = '{"n":12345678901234567890,"m":1.0}';
  const { messages } = await received(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}\n`,
  );
  expect(JSON.stringify(messages)).toContain(params);
});

test('an invalid line is answered with an error, and the next line is read', async () => {
  const { messages, answers } = await received(
    '{nonsense\n[]\n{"jsonrpc":"2.0","id":7}\n{"jsonrpc":"2.0","id":8,"result":5}\n',
    Buffer.alloc(17 * 1024 * 1024, 'x'),
    `\n${PING}\n`,
  );
  expect(messages).toMatchObject([{ id: 1 }]);
  expect(answers).toMatchObject([
    { id: null, error: { code: -32_700 } },
    { id: null, error: { code: -32_600 } },
    { id: 7, error: { code: -32_600 } },
    { id: null, error: { code: -32_600, message: 'the line is longer than 16 MB' } },
  ]);
});
