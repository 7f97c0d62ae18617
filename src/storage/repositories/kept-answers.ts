import type { Compilable, Expression, Kysely, SqlBool } from 'kysely';
import type { Database } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import { ANSWER_LIFETIME_MS, type KeptAnswer, type KeptAnswerRepository } from '../storage.ts';
import type { SqlBackend } from './sql-backend.ts';

export function keptAnswerRepository(
  { db, lookUp, write }: SqlBackend,
  secretBox: SecretBox,
): KeptAnswerRepository {
  return {
    async get(request, now) {
      const [row] = await lookUp(
        db
          .selectFrom('kept_answer')
          .selectAll()
          .where('request', '=', request)
          .where('kept_at', '>', now - ANSWER_LIFETIME_MS),
      );
      if (row === undefined) return null;
      return {
        request: row.request,
        organizationId: row.organization_id,
        fingerprint: row.fingerprint,
        status: row.status,
        body: secretBox.open(row.body),
        keptAt: row.kept_at,
      };
    },

    async keep(answer) {
      await write(keepAnswer(db, secretBox, answer));
    },
  };
}

/**
 * The queries that keep an answer, to be run at the end of the transaction of its effect; none without an
 * answer. They violate a uniqueness when the request already has an answer that has not expired.
 */
export function keepAnswer(
  db: Kysely<Database>,
  secretBox: SecretBox,
  answer: KeptAnswer | undefined,
): Compilable[] {
  if (answer === undefined) return [];
  const expiredAt = answer.keptAt - ANSWER_LIFETIME_MS;
  const oldest = db
    .selectFrom('kept_answer')
    .select('request')
    .where('kept_at', '<=', expiredAt)
    .orderBy('kept_at')
    .limit(FORGOTTEN_WITH_EACH);
  return [
    db
      .deleteFrom('kept_answer')
      .where('request', '=', answer.request)
      .where('kept_at', '<=', expiredAt),
    db.deleteFrom('kept_answer').where('request', 'in', oldest),
    db.insertInto('kept_answer').values({
      request: answer.request,
      organization_id: answer.organizationId,
      fingerprint: answer.fingerprint,
      status: answer.status,
      body: secretBox.seal(answer.body),
      kept_at: answer.keptAt,
    }),
  ];
}

/** Like `keepAnswer`, for an effect that may not happen: keeps nothing unless the row of `isThere` exists after it. */
export function keepAnswerIf(
  db: Kysely<Database>,
  secretBox: SecretBox,
  answer: KeptAnswer | undefined,
  isThere: (db: Kysely<Database>) => Expression<unknown>,
): Compilable[] {
  if (answer === undefined) return [];
  return [
    ...keepAnswer(db, secretBox, answer),
    db
      .deleteFrom('kept_answer')
      .where('request', '=', answer.request)
      .where((eb): Expression<SqlBool> => eb.not(eb.exists(isThere(db)))),
  ];
}

/** Expired rows deleted with each new one; more than one, so that the table can shrink. */
const FORGOTTEN_WITH_EACH = 2;
