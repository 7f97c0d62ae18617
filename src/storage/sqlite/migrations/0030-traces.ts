/** The trace in which a message was accepted. Null: none. Behind the payload, as content_type. */
export const TRACES = `
  alter table message add column trace text;
`;
