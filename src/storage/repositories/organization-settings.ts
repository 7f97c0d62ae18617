import type { Kysely, Selectable } from 'kysely';
import type { OrganizationSettings } from '../../domain/organization-settings.ts';
import type { Database, OrganizationSettingsTable } from '../schema.ts';
import type { OrganizationSettingsRepository } from '../storage.ts';
import { writeAudit } from './audit.ts';
import type { SqlBackend } from './sql-backend.ts';

export function organizationSettingsRepository({
  db,
  lookUp,
  write,
}: SqlBackend): OrganizationSettingsRepository {
  const all = db.selectFrom('organization_settings').selectAll();
  return {
    async get(organizationId) {
      const [row] = await lookUp(all.where('organization_id', '=', organizationId));
      return row === undefined ? null : settingsOf(row);
    },

    async withRetention() {
      const rows = await lookUp(
        all
          .where((eb) =>
            eb.or([
              eb('payload_retention_period', 'is not', null),
              eb('attempt_retention_period', 'is not', null),
              eb('message_retention_period', 'is not', null),
            ]),
          )
          .orderBy('organization_id'),
      );
      return rows.map((row) => ({ organizationId: row.organization_id, ...settingsOf(row) }));
    },

    async put(organizationId, settings, audit) {
      await write([putSettings(db, organizationId, settings), ...writeAudit(db, audit)]);
    },
  };
}

export function putSettings(
  db: Kysely<Database>,
  organizationId: string,
  settings: OrganizationSettings,
) {
  const columns = {
    payload_validation: settings.payloadValidation,
    payload_retention_period: settings.payloadRetentionPeriod,
    attempt_retention_period: settings.attemptRetentionPeriod,
    message_retention_period: settings.messageRetentionPeriod,
  };
  return db
    .insertInto('organization_settings')
    .values({ organization_id: organizationId, ...columns })
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(columns));
}

function settingsOf(row: Selectable<OrganizationSettingsTable>): OrganizationSettings {
  return {
    payloadValidation: row.payload_validation,
    payloadRetentionPeriod: row.payload_retention_period,
    attemptRetentionPeriod: row.attempt_retention_period,
    messageRetentionPeriod: row.message_retention_period,
  };
}
