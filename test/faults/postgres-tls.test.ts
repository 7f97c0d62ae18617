import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { certificate } from '../../bench/certificate.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { describeWithPostgres, describeWithPostgresServer } from '../support/postgres.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';

const REFUSED = { code: 'configuration' };
const folder = mkdtempSync(join(tmpdir(), 'posthaste-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPostgresServer('PostgreSQL over TLS', { tls: certificate }, (server) => {
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('is used as the URL says', async () => {
    const url = await server().createDatabase();
    const authority = fileOf('authority.pem', certificate.cert);
    const { to } = await migratePostgres(`${url}?sslmode=verify-full&sslrootcert=${authority}`);
    expect(to).toBeGreaterThan(0);
  });

  it.each(['require', 'verify-ca'])(
    'checks the certificate wholly with sslmode=%s',
    async (mode) => {
      const url = await server().createDatabase();
      const authority = fileOf('authority.pem', certificate.cert);
      expect(
        (await migratePostgres(`${url}?sslmode=${mode}&sslrootcert=${authority}`)).to,
      ).toBeGreaterThan(0);
      await expect(migratePostgres(`${url}?sslmode=${mode}`)).rejects.toMatchObject(REFUSED);
    },
  );

  it('is refused with an untrusted certificate, a missing file or an unknown mode', async () => {
    const url = await server().createDatabase();
    const authority = fileOf('authority.pem', certificate.cert);
    const other = fileOf('other.pem', SELF_SIGNED.cert);
    const key = fileOf('other.key', SELF_SIGNED.key);
    const trusting = `sslmode=verify-full&sslrootcert=${authority}`;
    for (const query of [
      `sslmode=verify-full&sslrootcert=${other}`,
      `sslmode=verify-full&sslrootcert=${join(folder, 'none.pem')}`,
      `sslmode=verify-full&sslrootcert=${folder}`,
      `${trusting}&sslcert=${authority}&sslkey=${key}`,
      `${trusting}&sslcert=${fileOf('no.pem', 'none')}&sslkey=${key}`,
      'sslmode=allow',
    ]) {
      await expect(migratePostgres(`${url}?${query}`)).rejects.toMatchObject(REFUSED);
    }
  });
});

describeWithPostgres('PostgreSQL without TLS', (createDatabase) => {
  it('refuses a process whose URL demands TLS', async () => {
    const url = await createDatabase();
    await expect(migratePostgres(`${url}?sslmode=verify-full`)).rejects.toMatchObject(REFUSED);
  });
});
