import { Client } from 'pg';
import { expect, it } from 'vitest';
import { describeWithPostgresServer } from '../support/postgres.ts';

describeWithPostgresServer('a private PostgreSQL', {}, (server) => {
  it('keeps its data when it is killed and started again', async () => {
    const url = await server().createDatabase();
    const ask = async (sql: string) => {
      const client = new Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      const { rows } = await client.query(sql);
      await client.end();
      return rows as unknown[];
    };
    await ask('create table kept as select 7 as value');
    await server().kill();
    await expect(ask('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server().restart();
    expect(await ask('select value from kept')).toEqual([{ value: 7 }]);
  });
});
