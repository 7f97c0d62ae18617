import { PosthasteError } from '../../domain/errors.ts';
import type { Send } from './connection-pool.ts';
import { withPool } from './with-pool.ts';

/**
 * Refuses a pooler that shares sessions between transactions: settings and prepared statements would belong to
 * other clients, and notices would not arrive.
 *
 * The test: such a pooler runs a transaction in the session of an idle connection, or gives that connection
 * another session afterwards. When other clients use the pooler at the same time it may do neither, so the
 * test is repeated. It uses connections without settings, because settings would stay in shared sessions.
 */
export async function requireSessions(url: string): Promise<void> {
  await withPool(url, { size: 2, deadlineMs: 10_000 }, (pool) =>
    pool.onOneConnection(async (send) => {
      for (let turn = 0; turn < TURNS; turn++) {
        const ours = await sessionOf(send);
        const shared = await pool.transaction(async (sendOther) => {
          const theirs = await sessionOf(sendOther);
          return theirs === ours || (await sessionOf(send)) !== ours;
        });
        if (shared) throw new PosthasteError('configuration', REFUSAL);
      }
    }),
  );
}

async function sessionOf(send: Send): Promise<number | undefined> {
  const { rows } = await send<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
  return rows[0]?.pid;
}

const TURNS = 3;

const REFUSAL =
  'the pooler in front of the database shares sessions (transaction mode): set it to session mode, or connect to the database directly';
