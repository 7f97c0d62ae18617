/**
 * Messages by tag, in the order of their ids: a list by a tag reads only messages that have the tag. A
 * trigger fills the table, so that messages without tags cost nothing. Partitioned like the messages.
 */
export const TAGS = `
alter table posthaste.message add column tags text;
create table posthaste.message_tag (
  application_id text collate "C" not null,
  tag text collate "C" not null,
  message_id text collate "C" not null,
  primary key (application_id, tag, message_id)
) partition by range (message_id);
create table posthaste.message_tag_default partition of posthaste.message_tag default;

create function posthaste.message_tagged() returns trigger language plpgsql as $$
begin
  insert into posthaste.message_tag
    select new.application_id, tag, new.id from json_array_elements_text(new.tags::json) as tag
    on conflict do nothing;
  return null;
end $$;
create trigger message_tagged after insert on posthaste.message
  for each row when (new.tags is not null) execute function posthaste.message_tagged();
`;
