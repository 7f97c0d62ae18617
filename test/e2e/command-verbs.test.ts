import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandFolder, openCommandFolder } from '../support/command.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

/** Commands with which developers publish, watch and verify messages. */

let app: HttpApp;
let place: CommandFolder;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  app = await startHttpApp();
  place = openCommandFolder();
  place.knows(app.url, app.token);
  await run('app create --name Acme --uid acme');
  await place.run([...'endpoint create acme --uid main --url'.split(' '), receiver.url]);
  const schemas = { 1: { type: 'object', examples: [{ invoice: { id: 'in_1', lines: [1, 2] } }] } };
  const eventType = { name: 'invoice.paid', description: '', schemas };
  await place.run(['event-type', 'create', '--data', JSON.stringify(eventType)]);
  await run('event-type create --name bare --data {"description":""}');
});
afterAll(async () => {
  await place.close();
  await app.close();
  await receiver.close();
});

const run = (line: string) => place.run(line.split(' '));
const arrived = (id: string) =>
  waitFor(
    () => receiver.received.find(({ headers }) => headers['webhook-id'] === id),
    `the arrival of ${id}`,
  );

describe('send and trigger', () => {
  test('send publishes a payload from an argument, a file or standard input', async () => {
    writeFileSync(join(place.folder, 'payload.json'), '{"n":12345678901234567890}');
    const ids = await Promise.all([
      place.run(['send', 'acme', 'order.made', '{"a": 1}']),
      run('send acme order.made @payload.json'),
      place.run(['send', 'acme', 'order.made', '-'], { stdin: '"text"' }),
    ]);
    const bodies = await Promise.all(
      ids.map(async ({ stdout }) => (await arrived(stdout.trim())).body),
    );
    expect(bodies).toEqual(['{"a":1}', '{"n":12345678901234567890}', '"text"']);
  });

  test('trigger publishes the example with changed members', async () => {
    const { stdout } = await run(
      'trigger acme invoice.paid --override invoice.id=in_2 --override invoice.lines.1=5 --override new.member=true',
    );
    expect(JSON.parse((await arrived(stdout.trim())).body)).toEqual({
      invoice: { id: 'in_2', lines: [1, 5] },
      new: { member: true },
    });
  });

  test.each([
    ['send acme order.made {', /the payload is not JSON.*\n.*--raw-payload/],
    ['send nope order.made {}', /Application "nope" does not exist/],
    ['trigger acme bare', /bare has no example: add "examples" to its schema, or .*posthaste send/],
    ['trigger acme invoice.paid --example 1', /invoice\.paid has one example: 0/],
    ['trigger acme invoice.paid --override x', /--override x must be a\.b=value/],
  ])('%s: says what to do', async (line, message) => {
    const { stderr, code } = await run(line);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});

test('tail shows messages and attempts, with filters', async () => {
  const all = place.start(['tail', 'acme']);
  const json = place.start('tail acme --event-types tail.b --json'.split(' '));
  // A tail shows only what comes after its start.
  await waitFor(async () => {
    await run('send acme tail.a {"begun":1}');
    return all.stdout.includes('tail.a') && /delivered {2}msg_\w+ {2}#1 http/.test(all.stdout);
  }, 'the tail to have begun');
  const { stdout: id } = await place.run([
    'send',
    'acme',
    'tail.b',
    String.raw`{"text":"\u001b[2J"}`,
  ]);
  await waitFor(() => all.stdout.includes(id.trim()) && all.stdout.includes('\\u001b'), 'the line');
  const rows = await waitFor(() => {
    const lines = json.stdout.trim().split('\n');
    return lines.length === 2 && lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }, 'message and attempt');
  expect(rows[0]).toMatchObject({ id: id.trim(), eventType: 'tail.b' });
  expect(rows[1]).toMatchObject({ msgId: id.trim(), responseStatusCode: 200 });
  expect(await all.stop()).toBe(0);
  expect(await json.stop()).toBe(0);
});

test('tail continues after a restart of the server, and shows what came meanwhile', async () => {
  const { hostname, port } = new URL(app.url);
  const proxy: TcpProxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const target = ['--server', `http://127.0.0.1:${proxy.port}`, '--token', app.token];
  const running = place.start(['tail', 'acme', ...target]);
  await waitFor(async () => {
    await run('send acme tail.c {}');
    return running.stdout.includes('tail.c');
  }, 'the tail to have begun');
  proxy.cut();
  await waitFor(() => running.stderr.includes('trying again until the server answers'), 'the cut');
  const { stdout: id } = await run('send acme tail.c {}');
  await arrived(id.trim());
  proxy.mend();
  await waitFor(() => running.stderr.includes('connected again'), 'the connection');
  await waitFor(() => running.stdout.split(id.trim()).length === 3, 'message and attempt');
  expect(await running.stop()).toBe(0);
  proxy.cut();
  const late = await place.run(['tail', 'acme', ...target]);
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('no answer from') });
  await proxy.close();
});

describe('replay', () => {
  test('counts the messages of a time, and sends them again', async () => {
    await run('app create --name Replay --uid replay');
    await place.run([...'endpoint create replay --uid main --url'.split(' '), receiver.url]);
    const { stdout } = await run('send replay x {}');
    await arrived(stdout.trim());
    const times = () =>
      receiver.received.filter(({ headers }) => headers['webhook-id'] === stdout.trim()).length;

    // A message that has arrived is sent again only once its attempt is recorded.
    await waitFor(async () => {
      const dry = await run('replay replay main --since 1h --dry-run');
      return dry.stdout === '1 would be sent again\n' && dry.code === 0;
    }, 'the delivery to be counted');
    expect(times()).toBe(1);
    const wet = await run('replay replay main --since 1h');
    expect(wet.stdout).toBe('finished: 1 of 1 made due\n');
    expect(wet.stderr).toMatch(
      /^sending 1 again\ntask qtask_\w+; to stop it: posthaste task cancel qtask_\w+/,
    );
    await waitFor(() => times() === 2, 'the second delivery');
  });

  test.each([
    ['replay acme main', 2, /required option '--since <time>'/],
    ['replay acme main --since soon', 2, /how long ago, such as 2h/],
    ['replay acme main --since 1h --only failed --tag x', 1, /can only be used with --only all/],
  ])('%s', async (line, code, message) => {
    const finished = await run(line);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(code);
  });
});

test('seed creates an example installation, and publishes again when repeated', async () => {
  const nowhere = await run('seed --app seeded');
  expect(nowhere.stderr).toMatch(
    /no URL for the endpoint: give --url, or run this .* where posthaste dev runs/,
  );
  const argv = ['seed', '--app', 'seeded', '--messages', '3', '--url', receiver.url];
  expect(await place.run(argv)).toMatchObject({ code: 0 });
  const { stdout } = await place.run(argv);
  expect(stdout).toMatch(/^seeded: 3 event types, an endpoint to http\S+, 3 messages\n/);
  const list = await run('msg list seeded --json');
  expect((JSON.parse(list.stdout) as { data: unknown[] }).data).toHaveLength(6);
  expect((await run('endpoint list seeded')).stdout.split('\n')).toHaveLength(3);
});

describe('verify', () => {
  let request: Receiver['received'][number];
  let secret: string;
  beforeAll(async () => {
    const { stdout } = await place.run(['send', 'acme', 'order.made', '{"total": 4200}']);
    request = await arrived(stdout.trim());
    const key = await run('endpoint get-secret acme main --json');
    ({ key: secret } = JSON.parse(key.stdout) as { key: string });
  });
  const verify = (stdin: string, key = secret, more: readonly string[] = []) => {
    const headers = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    const flags = headers.flatMap((name) => ['-H', `${name}: ${String(request.headers[name])}`]);
    return place.run(['verify', '-', '--secret', key, ...flags, ...more], { stdin });
  };

  test('accepts a valid webhook', async () => {
    const { stdout, code } = await verify(request.body);
    expect(stdout).toMatch(/^valid: msg_\w+, signed at 20/);
    expect(code).toBe(0);
  });

  test.each([
    ['another newline', (body: string) => `${body}\n`, /newline at its end that was not signed/],
    ['printed again', (body: string) => JSON.stringify(JSON.parse(body), null, 2), /printed again/],
    ['another body', () => '{}', /no signature matches/],
    ['no body', () => '', /the body is empty/],
  ])('%s: says why', async (_what, change, message) => {
    const { stderr, code } = await verify(change(request.body));
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test('accepts a webhook if one of several secrets matches, in any order', async () => {
    const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(await verify(request.body, secret, ['--secret', other])).toMatchObject({ code: 0 });
    expect(await verify(request.body, other, ['--secret', secret])).toMatchObject({ code: 0 });
    const { stderr } = await verify(`${request.body}\n`, other, ['--secret', secret]);
    expect(stderr).toMatch(/newline at its end/);
  });

  test('compares a body that is not text by its bytes', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const hmac = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body);
    const lines = [
      'webhook-id: msg_1',
      `webhook-timestamp: ${timestamp}`,
      `webhook-signature: v1,AAAA v1,${hmac.digest('base64')}`,
    ];
    const argv = ['verify', '-', '--secret', secret, ...lines.flatMap((line) => ['-H', line])];
    const whole = await place.run(argv, { stdin: Readable.from([body]) });
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const longer = Readable.from([body, Buffer.from('\n')]);
    expect((await place.run(argv, { stdin: longer })).stderr).toMatch(/newline at its end/);
  });

  test('names a missing header, an expired timestamp, and an invalid secret', async () => {
    const missing = await place.run(['verify', '-', '--secret', secret, '-H', 'webhook-id: x']);
    expect(missing.stderr).toMatch(/webhook-timestamp, webhook-signature are missing/);
    const old = { ...request.headers, 'webhook-timestamp': '1700000000' };
    request = { ...request, headers: old };
    expect((await verify(request.body)).stderr).toMatch(
      /not valid \(too_old\): signed \d+ seconds/,
    );
    expect((await verify(request.body, secret, ['--any-time'])).stderr).toMatch('no signature');
    expect(await verify(request.body, 'whsec_!')).toMatchObject({
      code: 2,
      stderr: 'posthaste: --secret must be whsec_ and base64 of at least 16 bytes\n',
    });
    const file = join(place.folder, 'none.json');
    expect(() => readFileSync(file)).toThrow('ENOENT');
    const none = await run(
      'verify none.json --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw -H a:b',
    );
    expect(none.stderr).toMatch(/the body cannot be read: ENOENT/);
  });
});
