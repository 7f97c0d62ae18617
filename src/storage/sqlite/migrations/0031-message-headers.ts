/** The headers of one message, as JSON. Null: none. Behind the payload, as content_type. */
export const MESSAGE_HEADERS = `
  alter table message add column headers text;
`;
