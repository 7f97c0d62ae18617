import { migrateDatabase } from '../app.ts';
import type { Config } from '../config/config.ts';

export function migrate(config: Config): void {
  const { path } = config.database;
  const { from, to } = migrateDatabase(config);
  console.log(
    from === to
      ? `${path} already has schema version ${to}`
      : `${path} was migrated from schema version ${from} to ${to}`,
  );
}
