import type { Revocation } from '../../domain/access.ts';
import type { RevocationRepository } from '../storage.ts';
import type { RevocationTable } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import { writeAudit } from './audit.ts';
import { keepAnswer } from './kept-answers.ts';
import type { SqlBackend } from './sql-backend.ts';

export function revocationRepository(
  { db, lookUp, write }: SqlBackend,
  secretBox: SecretBox,
): RevocationRepository {
  /** Deletes revocations that a later one of the same tokens, which is in force already, makes redundant. */
  function deleteOutdone(revocations: readonly Revocation[], now: number) {
    const names = revocations.map(({ name }) => name);
    const ids = revocations.map(({ applicationId }) => applicationId);
    return db
      .deleteFrom('revocation')
      .where('revocation.application_id', 'in', [...new Set(ids)])
      .where('revocation.name', 'in', [...new Set(names)])
      .where('revocation.issued_until', '<', (eb) =>
        eb
          .selectFrom('revocation as later')
          .select((inner) => inner.fn.max('later.issued_until').as('issued_until'))
          .whereRef('later.application_id', '=', 'revocation.application_id')
          .whereRef('later.kind', '=', 'revocation.kind')
          .whereRef('later.name', '=', 'revocation.name')
          .where('later.refused_from', '<=', now),
      );
  }

  return {
    async add(revocations, now, answer, audit) {
      const old = db
        .selectFrom('revocation')
        .select('application_id')
        .where('forget_at', '<=', now)
        .orderBy('forget_at')
        .limit(FORGOTTEN_WITH_EACH);
      await write([
        db
          .insertInto('revocation')
          .values(revocations.map(revocationRow))
          .onConflict((conflict) => conflict.doNothing()),
        deleteOutdone(revocations, now),
        db
          .deleteFrom('revocation')
          .where('forget_at', '<=', now)
          .where('application_id', 'in', old),
        ...keepAnswer(db, secretBox, answer),
        ...writeAudit(db, audit),
      ]);
    },

    async concerning({ applicationId, id, sessionId }) {
      const rows = await lookUp(
        db
          .selectFrom('revocation')
          .selectAll()
          .where('application_id', '=', applicationId)
          .where((eb) =>
            eb.or([
              eb('kind', '=', 'application'),
              eb.and([eb('kind', '=', 'session'), eb('name', '=', sessionId ?? '')]),
              eb.and([eb('kind', '=', 'token'), eb('name', '=', id)]),
            ]),
          ),
      );
      return rows.map(revocationOf);
    },
  };
}

/** Expired rows deleted with each new one; more than one, so that the table can shrink. */
const FORGOTTEN_WITH_EACH = 2;

function revocationRow(revocation: Revocation): RevocationTable {
  return {
    application_id: revocation.applicationId,
    organization_id: revocation.organizationId,
    kind: revocation.of,
    name: revocation.name,
    issued_until: revocation.issuedUntil,
    refused_from: revocation.refusedFrom,
    forget_at: revocation.forgetAt,
  };
}

function revocationOf(row: RevocationTable): Revocation {
  return {
    organizationId: row.organization_id,
    applicationId: row.application_id,
    of: row.kind,
    name: row.name,
    issuedUntil: row.issued_until,
    refusedFrom: row.refused_from,
    forgetAt: row.forget_at,
  };
}
