import type { ApiKey } from '../../domain/access.ts';
import type { Scope } from '../../domain/rights.ts';
import type { ApiKeyRepository } from '../storage.ts';
import type { ApiKeyTable } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import { keepAnswer } from './kept-answers.ts';
import { pageOf, sliceOf } from './paging.ts';
import type { SqlBackend } from './sql-backend.ts';

export function apiKeyRepository(
  { db, lookUp, list, write }: SqlBackend,
  secretBox: SecretBox,
): ApiKeyRepository {
  const keys = db.selectFrom('api_key').selectAll();

  return {
    async create(key, answer, audit) {
      const old = db
        .selectFrom('api_key')
        .select('id')
        .where('organization_id', '=', key.organizationId)
        .where('expires_at', '<', key.createdAt - KEPT_MS)
        .orderBy('expires_at')
        .limit(FORGOTTEN_WITH_EACH);
      await write([
        db.insertInto('api_key').values(apiKeyRow(key)),
        db.deleteFrom('api_key').where('id', 'in', old),
        ...keepAnswer(db, secretBox, answer),
        ...writeAudit(db, audit),
      ]);
    },

    async get(organizationId, id) {
      const [row] = await lookUp(
        keys.where('organization_id', '=', organizationId).where('id', '=', id),
      );
      return row === undefined ? null : apiKeyOf(row);
    },

    async byHash(hash) {
      const [row] = await lookUp(keys.where('hash', '=', hash));
      return row === undefined ? null : apiKeyOf(row);
    },

    async list(organizationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let query = keys.where('organization_id', '=', organizationId);
      if (bound !== null) query = query.where('id', bound.compare, bound.id);
      return pageOf(await list(query.orderBy('id', direction).limit(limit)), page, apiKeyOf);
    },

    async update(organizationId, id, { name, scopes }, audit) {
      const found = keys.where('organization_id', '=', organizationId).where('id', '=', id);
      const [affected] = await write([
        db
          .updateTable('api_key')
          .set({
            // Without a name the row stays the same, but the result still says whether it exists.
            ...(name === undefined ? { id } : { name }),
            ...(scopes !== undefined && { scopes: scopes && JSON.stringify(scopes) }),
          })
          .where('organization_id', '=', organizationId)
          .where('id', '=', id),
        ...writeAuditIf(db, audit, () => found),
      ]);
      return affected === 1;
    },

    async expire(organizationId, id, at, answer, audit) {
      const expires = keys.where('organization_id', '=', organizationId).where('id', '=', id);
      const [affected] = await write([
        db
          .updateTable('api_key')
          .set({ expires_at: at })
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', at)])),
        ...keepAnswer(db, secretBox, answer),
        ...writeAuditIf(db, audit, () => expires.where('expires_at', '=', at)),
      ]);
      return affected === 1;
    },

    async used(id, at) {
      await write([
        db
          .updateTable('api_key')
          .set({ last_used_at: at })
          .where('id', '=', id)
          .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)])),
      ]);
    },
  };
}

/** Expired keys are kept as long as the audit, so that the keys that its entries name are found. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Expired rows deleted with each new one; more than one, so that the table can shrink. */
const FORGOTTEN_WITH_EACH = 2;

function apiKeyRow(key: ApiKey): ApiKeyTable {
  return {
    id: key.id,
    organization_id: key.organizationId,
    application_id: key.applicationId,
    name: key.name,
    hash: key.hash,
    hint: key.hint,
    scopes: key.scopes && JSON.stringify(key.scopes),
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
  };
}

function apiKeyOf(row: ApiKeyTable): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    name: row.name,
    hash: row.hash,
    hint: row.hint,
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as Scope[]),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
