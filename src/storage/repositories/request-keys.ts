import { PosthasteError } from '../../domain/errors.ts';
import type { SecretBox } from '../secret-box.ts';
import type { KnownRequest, RequestKey, RequestKeyRepository } from '../storage.ts';
import type { SqlBackend } from './sql-backend.ts';

export function requestKeyRepository(
  { db, lookUp, write }: SqlBackend,
  secretBox: SecretBox,
): RequestKeyRepository {
  const where = ({ organizationId, applicationId, key }: RequestKey) => ({
    organization_id: organizationId,
    application_id: applicationId,
    key,
  });

  async function get(key: RequestKey, now: number): Promise<KnownRequest | null> {
    const [row] = await lookUp(
      db
        .selectFrom('request_key')
        .select(['fingerprint', 'answer'])
        .where((eb) => eb.and(where(key)))
        .where('began_at', '>', now - LIFETIME_MS),
    );
    if (row === undefined) return null;
    const { fingerprint, answer } = row;
    return { fingerprint, answer: answer === null ? null : secretBox.open(answer) };
  }

  return {
    get,

    async begin(request, now) {
      const { fingerprint } = request;
      // A few at a time: each key that comes makes place for itself.
      const old = db
        .selectFrom('request_key')
        .select(['organization_id', 'application_id', 'key'])
        .where('began_at', '<=', now - LIFETIME_MS)
        .orderBy('began_at')
        .limit(REMOVED_AT_ONCE);
      const removeOld = db
        .deleteFrom('request_key')
        .where((eb) =>
          eb(
            eb.refTuple('organization_id', 'application_id', 'key'),
            'in',
            old.$asTuple('organization_id', 'application_id', 'key'),
          ),
        );
      const removeSame = db
        .deleteFrom('request_key')
        .where((eb) => eb.and(where(request)))
        .where('began_at', '<=', now - LIFETIME_MS);
      const insert = db
        .insertInto('request_key')
        .values({ ...where(request), fingerprint, began_at: now, answer: null });
      try {
        await write([removeOld, removeSame, insert], 'the key is used');
        return null;
      } catch (error) {
        if (!(error instanceof PosthasteError) || error.code !== 'conflict') throw error;
        // It may have been forgotten meanwhile; a caller that asks again finds nothing then.
        return (await get(request, now)) ?? { fingerprint, answer: null };
      }
    },

    async finish(key, answer) {
      await write([
        db
          .updateTable('request_key')
          .set({ answer: secretBox.seal(answer) })
          .where((eb) => eb.and(where(key))),
      ]);
    },

    async forget(key) {
      await write([
        db
          .deleteFrom('request_key')
          .where((eb) => eb.and(where(key)))
          .where('answer', 'is', null),
      ]);
    },
  };
}

const LIFETIME_MS = 12 * 60 * 60 * 1000;
const REMOVED_AT_ONCE = 10;
