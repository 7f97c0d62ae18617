import type { JsonSchema } from './json-schemas.ts';

/** The schema with a description for each of its members. */
export function describeMembers(schemaName: string, schema: JsonSchema): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, object>> | undefined;
  if (properties === undefined) return schema;
  // `EndpointIn`, `EndpointPatch` and `EndpointOut` have members in common.
  const object = schemaName.replace(/(In|Out|Patch|Update)$/, '');
  const described = Object.entries(properties).map(([name, property]) => {
    const description = MEMBERS[`${object}.${name}`] ?? MEMBERS[name];
    if (description === undefined || 'description' in property) return [name, property];
    return [name, { ...property, description }];
  });
  return { ...schema, properties: Object.fromEntries(described) as object };
}

/** By name, or by object and name where the object gives the name a meaning of its own. */
export const MEMBERS: Readonly<Record<string, string>> = {
  id: 'Made by the server; ids sort by the time at which they were made',
  uid: "The caller's own name for it, which works wherever the id does",
  name: 'A name for people',
  'EventType.name': 'Such as invoice.paid; unique within the organization',
  description: 'For people',
  metadata: "The caller's own texts, by their names",
  createdAt: 'When it was created',
  updatedAt: 'When it was changed last',
  throttleRate: 'Messages a second that may be published; null or 0: no limit',
  'Endpoint.throttleRate': 'Attempts a second; null or 0: no limit',
  'MessageEndpoint.throttleRate': 'Attempts a second; null: no limit',
  rateLimit: 'The name of throttleRate in older client libraries',
  policy: 'How deliveries are tried, judged and given up; what is absent is inherited',
  retrySchedule: 'Seconds before each automatic retry; empty: no retries',
  timeoutMs: 'Deadline of one attempt',
  'Policy.success': 'Which responses count as delivered',
  disableAfter: 'When an endpoint that keeps failing is disabled; null: never',

  url: 'Where the attempts go',
  eventTypes: 'Only messages of these event types; null: all',
  filterTypes: 'The name of eventTypes in client libraries before 2.0',
  channels: 'Only messages on one of these channels; null: all',
  'Message.channels':
    'The message goes to endpoints with one of these channels, and to those without any',
  deliverAt: 'Nothing is sent before this instant, at most 30 days ahead; null: it is due at once',
  payloadRetentionPeriod:
    'Days for which the payload is kept; 90, as client libraries send by themselves, or null: as the application or the settings say',
  'Application.payloadRetentionPeriod':
    'Days for which payloads of messages are kept that say nothing themselves; null: as the settings say',
  payloadRetentionHours: 'The same in hours',
  ids: 'Ids of messages, or your own ones of the events',
  'MessageBatch.messages': 'Each is taken or refused by itself, in their order',
  'MessageBatch.results': 'One for each message, in their order: its status is that of a publish',
  'BulkExpungeContents.results': 'What became of each id: expunged, or not-found',
  'EndpointMessage.channels': 'Channels that the message was published on',
  disabled: 'Nothing is sent while it is true',
  disabledReason: 'By a person, by the disable policy, or because the endpoint said 410',
  version: "The caller's own number, without an effect",
  concurrency: 'Attempts in flight; null: the default of the installation',
  ordered: 'One delivery at a time, in the order of publication',
  headers: 'Sent with each attempt',
  'EndpointHeadersPatch.headers': 'Headers to set; null removes one',
  deleteHeaders: 'Names of headers to remove, in any case',
  sensitive: 'Names of headers whose values are not shown',
  secret: 'The signing secret; made by the server when absent',
  key: 'What a receiver verifies with: whsec_…, or whpk_… for ed25519',
  'EndpointSecretRotate.key': 'The new signing secret; made by the server when absent',
  gracePeriodSeconds: 'How long the old secret signs beside the new one; a day by default',

  archived: 'Hidden from lists, and not to be named by endpoints',
  deprecated: 'Shown as deprecated, without another effect',
  featureFlag: 'Exists only for portal tokens with this flag',
  schemas: 'JSON Schemas of the payload, by version',

  eventType: 'The name of the event type',
  exampleIndex: 'Which of the examples of the event type, from 0',
  eventId: "The caller's own id of the event, unique within the application",
  payload: 'Any JSON value, which is sent to the digit as it was published',
  data: 'Another name of payload',
  rawPayload: 'Any text instead of JSON, which is sent as it stands',
  contentType: 'The media type of rawPayload',
  transformationsParams:
    'What messageInRaw of the client libraries sends: rawPayload, and its media type',
  application: 'Created first if there is no application of the uid in the path',
  timestamp: 'When it was published',
  'MessageAttempt.timestamp': 'When the attempt began',

  status: '0 success, 1 pending, 2 fail, 3 sending, 4 canceled',
  statusText: 'The status as a word',
  nextAttempt: 'When the next attempt is due; null: none is waiting',
  msgId: "The message's id",
  endpointId: "The endpoint's id",
  'MessageAttempt.url': 'Where the attempt went',
  response: 'The first bytes of the response',
  responseStatusCode: '0: no response arrived',
  responseDurationMs: 'From the look-up of the name to the end of the response',
  triggerType: '0 by the schedule, 1 by a resend',
  attemptNumber: 'From 1, for each message and endpoint',
  failure: 'The kind of the failure; null after a success',
  'MessageAttempt.detail': 'The failure in a sentence',
  'MessageAttempt.msg': 'The message, if it was asked for',

  success: 'Attempts that succeeded',
  fail: 'Attempts that failed',
  pending: 'Always 0: an attempt has succeeded or failed',
  sending: 'Always 0',
  canceled: 'Always 0',

  featureFlags: 'Event types with one of these flags exist for the token',
  expiry: 'Seconds until the token expires; a week by default',
  'AppPortalAccess.url': 'The page of the portal, with the token behind a #',
  token: 'A bearer token that is limited to the application',

  processes: 'Every process that uses the database',
  backlog: 'What waits to be delivered',

  filter: 'Only messages whose payload matches; null: all',
  'FilterTest.eventTypes': 'Tried instead of the event types of the endpoint',
  'FilterTest.channels': 'Tried instead of the channels of the endpoint',
  'FilterTest.filter': 'Tried instead of the filter of the endpoint',
  'FilterTest.data': 'Recent messages, newest first',
  limit: 'Most messages of the answer',
  'Authentication.type': 'basic or bearer; answers also say oauth2, or null: none',
  username: 'The name of basic authentication',
  grantType: 'clientCredentials',
  authMethod: 'How the client proves itself where it asks for a token',
  clientId: 'The id of the client',
  clientSecret: 'The secret of the client, which is never shown; absent: it stays',
  tokenUrl: 'Where tokens are asked for',
  scopes: 'Scopes that are asked for',
  extraParams: 'Further parameters of the request for a token',
  extraHeaders: 'Further headers of the request for a token',
  enabled: 'Whether it is set',
  config: 'What is set; null: nothing',
  identity: 'A certificate with its chain and its private key, as PEM, which is never shown',
  authorities: 'Certificates of authorities that are trusted instead of the usual ones, as PEM',
  'EndpointMtlsConfig.certificates': 'The client certificate and its chain',
  'EndpointSignature.headers': 'Headers with their templates',
  content: 'The template of what is signed',
  algorithm: 'The hash; hmac-sha256 by default',
  encoding: 'Of the signature; hex by default',
  'EndpointSignature.secret': "The key, as it stands; null: the endpoint's own secret",
  join: 'Between two signatures while a secret is rotated; null: only the newest signs',
  hasSecret: 'Whether it has a key of its own',

  since: 'Messages that were published at this instant or later; of recover: that failed',
  until: 'Messages before this instant; null: now',
  dryRun: 'Change nothing, and answer the count',
  channel: 'Only messages on this channel',
  'BulkReplay.eventTypes': 'Only messages of these event types',
  statusCodeClass: 'By the status code of the last attempt; 0: no response arrived',
  createdBefore: 'Only messages that were published before this instant',
  paused: 'Nothing is attempted until it is resumed; messages wait',
  'HeadChange.msgId': 'The message that is the head, as somebody saw it',
  head: 'The delivery that all others wait for; null: nothing waits',
  waiting: 'How many deliveries wait, counted up to 10,000',
  'Task.status': 'running, finished or failed',
  'TaskStarted.status': 'running, finished or failed',
  task: 'What the task does',
  'Task.data': 'What the task is about, and how far it is',
  count: 'Deliveries that the task would make due, or cancel',
  isExact: 'False: there are more, behind the messages that were looked at',

  iterator: 'For the page that follows; null: this one is empty',
  prevIterator: 'For the page before',
  done: 'Nothing follows in the direction of paging',
};
