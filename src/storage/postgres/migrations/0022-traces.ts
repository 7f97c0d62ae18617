/** The trace in which a message was accepted; null: none. */
export const TRACES = `
alter table posthaste.message add column trace text;
`;
