/** `feature_flag` has the first flag of an event type; most have one at most. */
export const EVENT_TYPE_GROUPS = `
  alter table event_type add column more_feature_flags text;
  alter table event_type add column group_name text;
`;
