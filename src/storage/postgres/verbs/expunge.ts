import type { ConnectionPool, Statement } from '../connection-pool.ts';

/** Deletes the payload of a message, and cancels what is still owed of it. False: there is none. */
export async function expungeMessage(
  pool: ConnectionPool,
  applicationId: string,
  messageId: string,
  /** Statements of the same transaction. */
  along: readonly Statement[],
): Promise<boolean> {
  const expunge: Statement = {
    name: 'expunge',
    text: `
      with expunged as (
        update posthaste.message set payload = '', payload_chars = 0, content_type = null
        where application_id = $1 and id = $2
        returning id
      ),
      gone as (
        delete from posthaste.delivery where message_id in (select id from expunged)
        returning message_id, endpoint_id, application_id, schedule_step, sequence
      ),
      kept as (
        insert into posthaste.settled_delivery
          (message_id, endpoint_id, application_id, state, schedule_step, sequence)
        select message_id, endpoint_id, application_id, 3, schedule_step, sequence from gone
        on conflict (message_id, endpoint_id) do update set state = 3
      )
      select count(*)::int4 as count from expunged`,
    values: [applicationId, messageId],
  };
  const [result] = await pool.runAll([expunge, ...along]);
  return (result?.rows[0] as { count: number } | undefined)?.count === 1;
}
