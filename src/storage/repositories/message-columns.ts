import { sql } from 'kysely';
import type { MessageTable } from '../schema.ts';

/** Keys of an object, so that a column that is missing here is an error of types. */
const COLUMNS: Readonly<Record<keyof MessageTable, true>> = {
  application_id: true,
  id: true,
  organization_id: true,
  event_type: true,
  uid: true,
  channels: true,
  created_at: true,
  payload: true,
  content_type: true,
  headers: true,
  expires_at: true,
  deliver_at: true,
  tags: true,
};

/** All columns of `message` that both backends have, for a select list written by hand. */
export const MESSAGE_COLUMNS = sql.join(
  Object.keys(COLUMNS).map((column) => sql.ref(`message.${column}`)),
);
