import type { Config } from '../config/config.ts';
import { PosthasteError } from '../domain/errors.ts';
import { failureOf } from '../storage/sqlite/worker/sqlite-errors.ts';
import { migrateSqlite } from '../storage/sqlite/migrations/migrate.ts';

export function migrate({ database: { path } }: Config): void {
  try {
    const { from, to } = migrateSqlite(path);
    console.log(
      from === to
        ? `${path} has schema version ${to} already`
        : `${path} was migrated from schema version ${from} to ${to}`,
    );
  } catch (error) {
    const { code, message } = failureOf(error, path);
    throw new PosthasteError(code, message, { cause: error });
  }
}
