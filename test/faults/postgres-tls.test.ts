import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { certificate } from '../../bench/certificate.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { describeWithPostgresServer } from '../support/postgres.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';

const folder = mkdtempSync(join(tmpdir(), 'posthaste-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPostgresServer('PostgreSQL over TLS', { tls: certificate }, (server) => {
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('is as the URL says', async () => {
    const url = await server().createDatabase();
    const authority = fileOf('authority.pem', certificate.cert);
    const { to } = await migratePostgres(`${url}?sslmode=verify-full&sslrootcert=${authority}`);
    expect(to).toBeGreaterThan(0);
  });

  it('refuses a certificate that it does not trust, and a file that is missing', async () => {
    const url = await server().createDatabase();
    const other = fileOf('other.pem', SELF_SIGNED.cert);
    for (const file of [other, join(folder, 'none.pem')]) {
      await expect(
        migratePostgres(`${url}?sslmode=verify-full&sslrootcert=${file}`),
      ).rejects.toMatchObject({ code: 'configuration' });
    }
  });
});
