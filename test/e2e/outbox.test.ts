import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idTime, isId } from '../../src/domain/ids.ts';
import { OWNER, type TestApp, attemptsOf, newFolder, register, startApp } from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPostgres('posthaste.send', (createDatabase) => {
  let databaseUrl = '';
  let app: TestApp;
  let receiver: Receiver;
  let client: Client;
  const others: Client[] = [];

  beforeEach(async () => {
    databaseUrl = await createDatabase();
    app = await startApp({ databaseUrl }, newFolder());
    receiver = await startReceiver();
    client = await connect();
  });
  afterEach(async () => {
    for (const one of others.splice(0)) await one.end();
    await app.close();
    await receiver.close();
  });

  async function connect(url = databaseUrl): Promise<Client> {
    const one = new Client({ connectionString: url });
    await one.connect();
    others.push(one);
    return one;
  }

  async function send(by: Client, args: string): Promise<string> {
    const text = `select posthaste.send(${args}, organization => 'org_test') as id`;
    const { rows } = await by.query<{ id: string }>(text);
    return rows[0]?.id ?? '';
  }

  const bodies = () => receiver.received.map(({ body }) => body);
  const rowsOf = async (table: string) =>
    (await client.query<Record<string, unknown>>(`select * from posthaste.${table}`)).rows;
  // The message exists once the relay has read it from the outbox.
  const attempted = (id: string, message: string) =>
    waitFor(() => attemptsOf(app, id, message, 1).catch(() => null));
  const isRelayed = () => waitFor(async () => (await rowsOf('outbox')).length === 0);

  it('delivers committed messages, and none that was rolled back', async () => {
    const { app: id } = await register(app, { url: receiver.url });
    await client.query('begin');
    await send(client, `'customer', 'invoice.paid', '{"id": 1}'`);
    await client.query('rollback');
    await client.query('begin');
    const sent = await send(client, `'customer', 'invoice.paid', '{"id":  2}'`);
    await client.query('commit');

    expect(await attempted(id, sent)).toMatchObject([{ statusText: 'success' }]);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([sent]);
    // The payload arrives byte for byte.
    expect(bodies()).toEqual(['{"id":  2}']);
    const message = await app.operations.messages.get(OWNER, id, sent);
    expect(message).toMatchObject({ eventType: 'invoice.paid', contentType: null });
    expect(Math.floor(message.createdAt / 1000) * 1000).toBe(idTime(sent));
    expect(await rowsOf('outbox')).toEqual([]);
  });

  it('accepts json and jsonb, channels, an event id, and raw text', async () => {
    const { app: id } = await register(app, { url: receiver.url });
    const sent = [
      await send(client, `'customer', 'a.b', jsonb_build_object('n', 1)`),
      await send(client, `'${id}', 'a.b', json_build_object('n', 2), event_id => 'evt-2'`),
      await send(client, `'customer', 'a.b', to_jsonb(3), channels => array['red', 'blue']`),
      await send(client, `'customer', 'a.b', '<a/>', content_type => 'text/xml'`),
    ];
    await waitFor(() => receiver.received.length === 4);
    const messages = await Promise.all(
      sent.map((one) => app.operations.messages.get(OWNER, id, one)),
    );
    expect(messages).toMatchObject([
      { payload: '{"n": 1}' },
      { payload: '{"n" : 2}', uid: 'evt-2' },
      { payload: '3', channels: ['red', 'blue'] },
      { payload: '<a/>', contentType: 'text/xml' },
    ]);
    expect(sent.every((one) => isId('msg', one))).toBe(true);
    expect(sent.toSorted()).toEqual(sent);
  });

  it('accepts headers as text, json and jsonb', async () => {
    const { app: id } = await register(app, { url: receiver.url });
    const headers = `headers => '{"x-b": "é", "X-A": "1"}'`;
    const again = `'customer', 'a.b', '1', event_id => 'evt'`;
    const sent = [
      await send(client, `'customer', 'a.b', '<a/>', content_type => 'text/xml', ${headers}`),
      await send(client, `'customer', 'a.b', to_jsonb(2), ${headers}`),
      await send(client, `${again}, ${headers}`),
      await send(client, `${again}, headers => '{"X-A": "1", "x-b": "é"}'`),
      await send(client, again),
    ];
    await waitFor(() => receiver.received.length === 3);
    for (const { headers: got } of receiver.received) {
      expect(got).toMatchObject({ 'x-a': '1', 'x-b': 'é' });
    }
    const { headers: stored } = await app.operations.messages.get(OWNER, id, sent[0] ?? '');
    expect(stored).toBe('{"X-A":"1","x-b":"\\u00e9"}');
    await waitFor(async () => (await rowsOf('outbox')).length === 0);
    expect(await rowsOf('outbox_failed')).toMatchObject([{ code: 'conflict' }]);
    const large = JSON.stringify({ 'x-a': 'a'.repeat(40_000) });
    await expect(send(client, `'customer', 'a.b', '1', headers => '${large}'`)).rejects.toThrow(
      /headers are too large/,
    );
  });

  it('refuses invalid JSON and null at once', async () => {
    await expect(send(client, `'customer', 'a.b', '{'`)).rejects.toThrow(/invalid input syntax/);
    await expect(send(client, `'customer', 'a.b', null::text`)).rejects.toThrow(/must not be null/);
  });

  it('keeps the order of each application', async () => {
    const apps = ['one', 'two'];
    for (const uid of apps)
      await register(app, { url: `${receiver.url}${uid}`, ordered: true }, uid);
    const second = await connect();
    for (let n = 0; n < 40; n++) {
      // Two connections send in turn; their transactions overlap, and commit in the order of sending.
      for (const by of [client, second]) await by.query('begin');
      for (const by of [client, second]) {
        for (const uid of apps)
          await send(by, `'${uid}', 'a.b', '${by === client ? 2 * n : 2 * n + 1}'`);
      }
      for (const by of [client, second]) await by.query('commit');
    }
    await waitFor(() => receiver.received.length === 160, 'all deliveries', 20_000);
    for (const uid of apps) {
      const arrived = receiver.received.filter(({ path }) => path === `/${uid}`);
      expect(arrived.map(({ body }) => Number(body))).toEqual(
        Array.from({ length: 80 }, (_, n) => n),
      );
    }
  });

  it('is not held up by a transaction that is still open', async () => {
    await register(app, { url: receiver.url });
    await client.query('begin');
    await send(client, `'customer', 'a.b', '"slow"'`);
    await send(await connect(), `'customer', 'a.b', '"quick"'`);
    await waitFor(() => receiver.received.length === 1);
    expect(bodies()).toEqual(['"quick"']);
    await client.query('commit');
    await waitFor(() => receiver.received.length === 2);
  });

  it('sets wrong rows aside with the reason, and goes on', async () => {
    const { app: id } = await register(app, { url: receiver.url });
    await client.query('begin');
    await send(client, `'nobody', 'a.b', '1'`);
    await send(client, `'customer', 'no such type!', '2'`);
    await send(client, `'customer', 'a.b', '3', event_id => 'evt'`);
    await send(client, `'customer', 'a.b', '3', event_id => 'evt'`);
    await send(client, `'customer', 'a.b', '4', event_id => 'evt'`);
    await send(client, `'customer', 'a.b', '5', channels => array[null]`);
    await send(client, `'customer', 'a.b', to_jsonb(repeat('x', 1048577))`);
    await send(client, `'customer', 'a.b', to_jsonb(repeat('x', 4000000))`);
    await send(client, `'customer', 'a.b', '<a/>', content_type => 'no type'`);
    const last = await send(client, `'customer', 'a.b', '6'`);
    await client.query('commit');

    await attempted(id, last);
    await isRelayed();
    expect(bodies().toSorted()).toEqual(['3', '6']);
    const failed = (await rowsOf('outbox_failed')).map(({ code, reason }) => [code, reason]);
    expect(failed).toEqual([
      ['not_found', expect.stringContaining('nobody')],
      ['validation', expect.stringContaining('eventType')],
      ['conflict', expect.stringContaining('event_id')],
      ['validation', expect.stringContaining('channels')],
      ['payload_too_large', expect.stringContaining('1048579 characters')],
      ['payload_too_large', expect.stringContaining('4000002 bytes')],
      ['validation', expect.stringContaining('contentType')],
    ]);

    // Repairs the mistake and repeats the rows as docs/enqueue.md shows.
    await app.operations.applications.create(OWNER, { name: 'Nobody', uid: 'nobody' });
    await client.query(`
      with again as (delete from posthaste.outbox_failed where code = 'not_found' returning *)
      select posthaste.send(application, event_type, payload, event_id, channels, content_type,
        organization_id, headers, traceparent) from again order by place`);
    await waitFor(async () => {
      const { data } = await app.operations.messages.list(OWNER, 'nobody');
      return data.length === 1;
    });
  });

  it('relays messages from a time without a relay, more than a batch', async () => {
    await register(app, { url: receiver.url, channels: ['other'] });
    await app.stop();
    await client.query(`select posthaste.send('customer', 'a.b', to_json(n), organization => 'org_test')
      from generate_series(1, 1200) as n`);
    app = await app.restarted();
    await isRelayed();
    const { rows } = await client.query<{ payloads: string[] }>(
      `select array_agg(payload order by id) as payloads from posthaste.message`,
    );
    expect(rows[0]?.payloads).toEqual(Array.from({ length: 1200 }, (_, n) => String(n + 1)));
  });

  it('a role with two grants can send and do nothing else', async () => {
    const { app: id } = await register(app, { url: receiver.url });
    await client.query(`
      drop role if exists posthaste_test_sender;
      create role posthaste_test_sender login;
      grant usage on schema posthaste to posthaste_test_sender;
      grant execute on function
        posthaste.send(text, text, text, text, text[], text, text, jsonb, text) to posthaste_test_sender;`);
    const asRole = new URL(databaseUrl);
    asRole.username = 'posthaste_test_sender';
    const sender = await connect(asRole.href);
    const sent = await send(sender, `'customer', 'a.b', '1'`);
    await send(sender, `'customer', 'a.b', jsonb_build_object('n', 2)`);
    await attempted(id, sent);

    const { rows: tables } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class as c
       where relnamespace = 'posthaste'::regnamespace and relkind in ('r', 'p', 'S', 'v')`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      await expect(sender.query(`select * from ${name}`)).rejects.toThrow(/permission denied/);
      await expect(sender.query(`delete from ${name}`)).rejects.toThrow(/permission denied|cannot/);
    }
    for (const statement of [
      `insert into posthaste.outbox default values`,
      `update posthaste.outbox set payload = '1'`,
      `truncate posthaste.outbox`,
      `select nextval('posthaste.outbox_place')`,
      `select posthaste.outbox_message_id(1, 2)`,
      `create table posthaste.mine (n integer)`,
    ]) {
      await expect(sender.query(statement)).rejects.toThrow(/permission denied/);
    }
    // Objects that the role itself creates must not be mistaken for those that the function uses.
    await sender.query(`create temp table outbox (place bigint);
      set search_path = pg_temp, public`);
    await send(sender, `'customer', 'a.b', '3'`);
    await waitFor(() => receiver.received.length === 3);

    await client.query(`create role posthaste_test_other login`);
    asRole.username = 'posthaste_test_other';
    const other = await connect(asRole.href);
    await expect(send(other, `'customer', 'a.b', '1'`)).rejects.toThrow(/permission denied/);
    await client.query(`grant usage on schema posthaste to posthaste_test_other`);
    await expect(send(other, `'customer', 'a.b', '1'`)).rejects.toThrow(/permission denied/);
    await expect(send(other, `'customer', 'a.b', '1'::json`)).rejects.toThrow(/permission denied/);
    await client.query(`drop owned by posthaste_test_other, posthaste_test_sender;
      drop role posthaste_test_other, posthaste_test_sender`);
  });
});
