import { PosthasteError } from '../../domain/errors.ts';
import type { Send } from './connection-pool.ts';
import { withPool } from './with-pool.ts';

/**
 * Refuses a pooler that gives each transaction any session of the server: settings and prepared
 * statements would be those of somebody else, and notices would reach nobody.
 *
 * Such a pooler gives a transaction the session of a connection that does nothing at that time, or
 * gives that connection another one afterwards. When others use the pooler meanwhile it may do
 * neither, so it is tried some times. On connections without settings, which would stay in those sessions.
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
  'the pooler before the database shares its sessions (transaction mode): put it in session mode, or connect to the database itself';
