/**
 * Messages by tag, in the order of their ids: a list by a tag reads only messages that have the tag. Triggers
 * fill and clear the table, so that messages without tags cost nothing, and a deleted message leaves no row.
 */
export const TAGS = `
  alter table message add column tags text;
  create table message_tag (
    application_id text not null,
    tag text not null,
    message_id text not null,
    primary key (application_id, tag, message_id)
  ) strict, without rowid;
  create trigger message_tagged after insert on message when new.tags is not null begin
    insert or ignore into message_tag
      select new.application_id, value, new.id from json_each(new.tags);
  end;
  create trigger message_untagged after delete on message when old.tags is not null begin
    delete from message_tag where application_id = old.application_id and message_id = old.id
      and tag in (select value from json_each(old.tags));
  end;
`;
