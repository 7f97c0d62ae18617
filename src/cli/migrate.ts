import { migrateDatabase, pendingMigrations } from '../app/app.ts';
import { type Config, shownDatabase } from '../config/config.ts';

/** Migrates the database. With `dryRun`, prints the SQL and changes nothing. */
export async function migrate(config: Config, dryRun: boolean): Promise<void> {
  if (dryRun) {
    process.stdout.write(await pendingMigrations(config));
    return;
  }
  const database = shownDatabase(config.database);
  const { from, to } = await migrateDatabase(config);
  console.log(
    from === to
      ? `${database} already has schema version ${to}`
      : `${database} was migrated from schema version ${from} to ${to}`,
  );
}
