/** The trace in which a message was accepted. Null: none. */
export const TRACES = `
alter table posthaste.message add column trace text;
`;
