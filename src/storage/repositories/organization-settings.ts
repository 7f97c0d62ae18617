import type { Kysely } from 'kysely';
import type { OrganizationSettings } from '../../domain/organization-settings.ts';
import type { Database } from '../schema.ts';
import type { OrganizationSettingsRepository } from '../storage.ts';
import { writeAudit } from './audit.ts';
import type { SqlBackend } from './sql-backend.ts';

export function organizationSettingsRepository({
  db,
  lookUp,
  write,
}: SqlBackend): OrganizationSettingsRepository {
  return {
    async get(organizationId) {
      const [row] = await lookUp(
        db
          .selectFrom('organization_settings')
          .selectAll()
          .where('organization_id', '=', organizationId),
      );
      return row === undefined ? null : { payloadValidation: row.payload_validation };
    },

    async put(organizationId, settings, audit) {
      await write([putSettings(db, organizationId, settings), ...writeAudit(db, audit)]);
    },
  };
}

export function putSettings(
  db: Kysely<Database>,
  organizationId: string,
  { payloadValidation }: OrganizationSettings,
) {
  const columns = { payload_validation: payloadValidation };
  return db
    .insertInto('organization_settings')
    .values({ organization_id: organizationId, ...columns })
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(columns));
}
