/** Descriptions of the parameters of paths, queries and headers, by their names on the wire. */
export const PARAMETERS: Readonly<Record<string, object>> = {
  app_id: { description: "The application's id or uid" },
  endpoint_id: { description: "The endpoint's id or uid" },
  listener_id: { description: 'Chosen by the program: 22 to 64 unguessable characters' },
  request_id: { description: "The request's id" },
  known: {
    description: 'Ids of requests that the program has received already',
    style: 'form',
    explode: false,
  },
  wait_seconds: { description: 'How long to wait for a request; 20 by default' },
  msg_id: { description: "The message's id or eventId" },
  env_id: { description: 'The organization, as `auth/whoami` shows it' },
  key_id: { description: "The API key's id" },
  actor_id: { description: 'Only changes by the token of this id' },
  operation: { description: 'Only this operation, such as endpoints.patch' },
  attempt_id: { description: "The attempt's id" },
  event_type_name: { description: 'The name of the event type' },
  limit: { description: 'Most rows of the page; 50 by default' },
  iterator: { description: 'The iterator or prevIterator of an earlier page' },
  order: { description: 'The order of the list' },
  with_content: { description: 'Include payloads, schemas or responses' },
  with_msg: { description: 'Include the message of each attempt' },
  explain: {
    description: 'Include routing: which endpoints get the message, and why the others do not',
  },
  get_if_exists: {
    description: 'When an application with this uid exists, return it with status 200',
  },
  include_archived: { description: 'Archived ones, too' },
  expunge: { description: 'Remove it instead of archiving it' },
  channel: { description: 'Only messages on this channel' },
  tag: { description: 'Only messages with this tag' },
  event_types: {
    description: 'Only messages of these event types',
    style: 'form',
    explode: false,
  },
  before: { description: 'Only entries before this instant' },
  after: { description: 'Only entries at this instant or later' },
  since: { description: 'From this instant on; where it is optional, 28 days ago by default' },
  until: { description: 'Up to this instant; where it is optional, now by default' },
  startDate: { description: 'The first period is the one that holds this instant' },
  endDate: { description: 'Exclusive; now by default' },
  endpoint_ids: {
    description: 'Also the attempts of each of these endpoints of the application, at most 250 ids',
    style: 'form',
    explode: false,
  },
  period: {
    description:
      'The length of a period: OneHour by default; days are in UTC; FiveMinutes for at most two days, and not for endpoints',
  },
  exclude_disabled: {
    description: 'Leave out applications whose endpoints are all disabled; true by default',
  },
  status: {
    description:
      'For deliveries: 0 success, 1 pending, 2 fail, 3 sending, 4 canceled. For tasks: the word',
  },
  with_secrets: { description: 'Include signing secrets and credentials' },
  dry_run: { description: 'Change nothing; the answer lists what would change' },
  prune: {
    description:
      'For each list in the document, delete objects that are not in it (event types are archived)',
  },
  with_changes: { description: 'The answer lists the changes' },
  task: { description: 'Only tasks of this kind' },
  task_id: { description: "The task's id" },
  status_code_class: {
    description: 'Only attempts with this class of status code; 0: no response arrived',
  },
  expanded_statuses: { description: 'Use status 4 (canceled) where it applies' },
  expanded_tasks: {
    description:
      'Include the tasks of `cancel-msgs`, which client libraries do not know; default false',
  },
  'idempotency-key': {
    in: 'header',
    name: 'idempotency-key',
    description: 'Requests with the same key take effect once within 12 hours',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
};
