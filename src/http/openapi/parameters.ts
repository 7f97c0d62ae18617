/** What the parameters of paths, queries and headers mean, by their names on the wire. */
export const PARAMETERS: Readonly<Record<string, object>> = {
  app_id: { description: "The application's id or uid" },
  endpoint_id: { description: "The endpoint's id or uid" },
  listener_id: { description: 'Chosen by the program: 22 to 64 unguessable characters' },
  request_id: { description: "The request's id" },
  known: {
    description: 'Ids of requests that are taken already',
    style: 'form',
    explode: false,
  },
  wait_seconds: { description: 'How long to wait for a request; 20 by default' },
  msg_id: { description: "The message's id or eventId" },
  env_id: { description: 'The organization, as `auth/whoami` tells it' },
  key_id: { description: "The API key's id" },
  actor_id: { description: 'Only changes by the token of this id' },
  operation: { description: 'Only this operation, such as endpoints.patch' },
  attempt_id: { description: "The attempt's id" },
  event_type_name: { description: 'The name of the event type' },
  limit: { description: 'Most rows of the page; 50 by default' },
  iterator: { description: 'The iterator or prevIterator of an earlier page' },
  order: { description: 'The order of the list' },
  with_content: { description: 'With payloads, schemas or responses' },
  with_msg: { description: 'Each attempt with its message' },
  explain: {
    description: 'With routing: which endpoints get the message, and why the others do not',
  },
  get_if_exists: { description: 'Answer an existing application of this uid with 200' },
  include_archived: { description: 'Archived ones, too' },
  expunge: { description: 'Remove it instead of archiving it' },
  channel: { description: 'Only messages on this channel' },
  tag: { description: 'Only messages with this tag' },
  event_types: {
    description: 'Only messages of these event types',
    style: 'form',
    explode: false,
  },
  before: { description: 'Only what is earlier than this instant' },
  after: { description: 'Only what is at this instant or later' },
  since: { description: 'From this instant on; where it is optional, 28 days ago by default' },
  until: { description: 'Up to this instant; where it is optional, now by default' },
  start_date: {
    name: 'startDate',
    description: 'The first period is the one that holds this instant',
  },
  end_date: { name: 'endDate', description: 'Exclusive; now by default' },
  endpoint_ids: {
    description: 'Also the attempts of each of these endpoints of the application, at most 250 ids',
    style: 'form',
    explode: false,
  },
  period: {
    description:
      'OneHour by default; days are those of UTC. FiveMinutes for two days, not of endpoints',
  },
  exclude_disabled: {
    description: 'No applications whose endpoints are all disabled; true by default',
  },
  status: {
    description:
      'Of deliveries: 0 success, 1 pending, 2 fail, 3 sending, 4 canceled. Of tasks: the word',
  },
  with_secrets: { description: 'With signing secrets and credentials' },
  dry_run: { description: 'Change nothing, and answer what would change' },
  prune: {
    description: 'Delete what is not in a list that the document has; archive event types',
  },
  with_changes: { description: 'Answer what was changed' },
  task: { description: 'Only tasks of this kind' },
  task_id: { description: "The task's id" },
  status_code_class: { description: 'By the status code of the response; 0: there was none' },
  expanded_statuses: { description: 'With 4 (canceled) where it applies' },
  'idempotency-key': {
    in: 'header',
    name: 'idempotency-key',
    description: 'The same request with the same key has one effect, for 12 hours',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
};
