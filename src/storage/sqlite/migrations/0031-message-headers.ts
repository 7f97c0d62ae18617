/** The headers of a message as JSON; null: none. The column comes after the payload, like content_type. */
export const MESSAGE_HEADERS = `
  alter table message add column headers text;
`;
