import { sql } from 'kysely';
import type { MessageTable } from '../schema.ts';

/** An object, so that the compiler reports a column that is missing here. */
const COLUMNS: Readonly<Record<Exclude<keyof MessageTable, 'payload'>, true>> = {
  application_id: true,
  id: true,
  organization_id: true,
  event_type: true,
  uid: true,
  channels: true,
  created_at: true,
  content_type: true,
  headers: true,
  expires_at: true,
  deliver_at: true,
  tags: true,
};

/** The size of a message without reading its payload. */
export const MESSAGE_LENGTH = sql`message.id as id, octet_length(message.payload) as chars`;

/** All columns of `message` that both backends have, except the payload, for a select list written by hand. */
export const MESSAGE_COLUMNS = sql.join(
  Object.keys(COLUMNS).map((column) => sql.ref(`message.${column}`)),
);
