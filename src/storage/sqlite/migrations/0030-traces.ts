/** The trace in which a message was accepted; null: none. The column comes after the payload, like content_type. */
export const TRACES = `
  alter table message add column trace text;
`;
