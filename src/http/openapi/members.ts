import type { JsonSchema } from './json-schemas.ts';

/** The schema with a description for each of its members. */
export function describeMembers(schemaName: string, schema: JsonSchema): JsonSchema {
  const forms = schema['oneOf'] as readonly JsonSchema[] | undefined;
  if (forms !== undefined) {
    return { ...schema, oneOf: forms.map((form) => describeMembers(schemaName, form)) };
  }
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

/** Descriptions by member name, or by `Object.member` where the member has a special meaning in that object. */
export const MEMBERS: Readonly<Record<string, string>> = {
  id: 'Made by the server; ids sort by the time at which they were made',
  uid: 'An id of your own choice, which works wherever the id does',
  name: 'A name for people',
  'EventType.name': 'Such as invoice.paid; unique within the organization',
  description: 'For people',
  metadata: 'Texts of your own choice, by name',
  createdAt: 'When it was created',
  updatedAt: 'When it was changed last',
  throttleRate: 'Messages a second that may be published; null or 0: no limit',
  'Endpoint.throttleRate': 'Attempts a second; null or 0: no limit',
  'MessageEndpoint.throttleRate': 'Attempts a second; null: no limit',
  rateLimit: 'The name of throttleRate in older client libraries',
  policy: 'Retries, time-out, success and disabling; absent members are inherited',
  retrySchedule: 'Seconds before each automatic retry; empty: no retries',
  timeoutMs: 'Deadline of one attempt',
  'Policy.success': 'Which responses count as delivered',
  disableAfter: 'When an endpoint that keeps failing is disabled; null: never',

  'Environment.eventTypes': 'The event types, archived ones included',
  'Environment.applications': 'The applications with their endpoints',
  'Environment.version': 'The version of the document format',
  'Environment.createdAt': 'When it was exported',
  'Environment.secrets': 'Whether signing secrets and credentials are in the document',
  'Environment.settings': 'The settings of the organization',
  payloadValidation:
    'What happens to a publish whose payload does not match the schema of its event type',
  'EventTypeImportOpenApi.dryRun': 'Change nothing; the answer has to_modify',
  replaceAll: 'Archive event types that are not in the document',
  spec: 'The document',
  specRaw: 'The document as text: JSON or YAML',
  'EventTypeImportOpenApi.data': 'The event types that were modified, or would be',
  openapi: 'The version of OpenAPI',
  info: 'Title and version of the document',
  webhooks: 'One for each event type',
  'Message.warnings':
    'In the answer to a publish: where the payload does not match the schema of its event type',
  'Environment.connectors': 'Always empty',
  'EnvironmentImport.dryRun': 'Whether nothing was changed',
  'EnvironmentImport.created': 'How many objects are new',
  'EnvironmentImport.updated': 'How many objects are changed',
  'EnvironmentImport.deleted': 'How many objects are deleted',
  'EnvironmentImport.unchanged': 'How many objects already match the document',
  'EnvironmentImport.changes': 'Each change, with the fields that an update changes',

  url: 'Where the attempts go',
  eventTypes: 'Only messages of these event types; null: all',
  filterTypes: 'The name of eventTypes in client libraries before 2.0',
  channels: 'Only messages on one of these channels; null: all',
  'Message.channels':
    'The message goes to endpoints with one of these channels, and to those without any',
  deliverAt: 'Nothing is sent before this instant, at most 30 days ahead; null: it is due at once',
  payloadRetentionPeriod:
    'Days for which the payload is kept; null, or 90 (which client libraries send by default): the setting of the application or organization applies',
  'Application.payloadRetentionPeriod':
    'Days for which payloads are kept, unless the message has its own number; null: the setting of the organization applies',
  'Settings.payloadRetentionPeriod':
    'Days for which payloads are kept, unless the message or application has its own number; null: the setting of the process applies',
  attemptRetentionPeriod:
    'Days for which attempts are kept; null: the setting of the process applies',
  messageRetentionPeriod:
    'Days for which messages are kept; null: the setting of the process applies',
  payloadRetentionHours: 'payloadRetentionPeriod in hours',
  ids: 'Ids or eventIds of messages',
  'MessageBatch.messages': 'The messages; each is accepted or refused by itself',
  'MessageBatch.results':
    'A result for each message, in the same order; status is the status code of a publish',
  'BulkExpungeContents.results': 'The result for each id: expunged or not-found',
  'EndpointMessage.channels': 'Channels that the message was published on',
  disabled: 'Whether the endpoint is disabled: then no requests are sent to it',
  disabledReason:
    'Whether a person, the disable policy, or an answer of the endpoint (410, or webhook-delivery: disable) disabled it',
  version: 'A number of your own choice, without effect',
  concurrency: 'Most attempts in flight; null: the default of the installation',
  ordered: 'One delivery at a time, in the order of publication',
  headers: 'Headers that are sent with each attempt',
  'EndpointHeadersPatch.headers': 'Headers to set; null removes one',
  deleteHeaders: 'Names of headers to remove, in upper or lower case',
  sensitive: 'Names of headers whose values are not shown',
  secret: 'The signing secret; made by the server when absent',
  key: 'The key with which a receiver verifies: whsec_…, or whpk_… for ed25519',
  'EndpointSecretRotate.key': 'The new signing secret; made by the server when absent',
  gracePeriodSeconds: 'How long the old secret signs beside the new one; a day by default',

  'Listener.id': 'The id from the path',
  'Listener.endpointId': 'The id of the temporary endpoint',
  'Listener.expiresAt': 'When the listener ends, unless it asks for requests before then',
  'ListenerRequests.requests':
    'Unanswered requests, oldest first: method, headers and body as sent, and the milliseconds until the deadline',
  'ListenerAnswer.status': 'The status code of the response; null: the program gave no response',
  'ListenerAnswer.headers':
    'The response headers that have an effect: retry-after, location, webhook-delivery',
  'ListenerAnswer.body': 'The body of the response, of which the first 4 KiB are kept',
  'ListenerAnswer.detail':
    'A sentence that says why there is no response, or why its body did not arrive whole',

  archived: 'Whether it is hidden from lists, so that new endpoints cannot name it',
  deprecated: 'Whether it is shown as deprecated; has no other effect',
  groupName: 'The group under which lists show the event type',
  'EventType.featureFlags': 'Only portal tokens with one of these flags see the event type',
  featureFlag: 'The old name of featureFlags, for one flag',
  schemas: 'JSON Schemas of the payload, by version',

  eventType: 'The name of the event type',
  exampleIndex: 'Which of the examples of the event type, from 0',
  'EventExample.payload': 'Sent instead of an example, for any event type',
  eventId: 'An id of your own choice, unique within the application',
  payload: 'Any JSON value; its text is sent exactly as published',
  data: 'Another name of payload',
  rawPayload: 'Any text instead of JSON, sent unchanged',
  contentType: 'The media type of rawPayload',
  'Message.headers':
    'Headers of each request with the message; headers of the endpoint override them',
  transformationsParams:
    'The form of the client libraries: rawPayload, and headers, of which content-type is its media type',
  application: 'Created first if the uid in the path has no application yet',
  timestamp: 'When it was published',
  'MessageAttempt.timestamp': 'When the attempt began',

  status: '0 success, 1 pending, 2 fail, 3 sending, 4 canceled',
  statusText: 'The status as a word',
  nextAttempt: 'When the next attempt is due; null: no attempt follows',
  'EndpointState.failingSince':
    'Since when every attempt has failed; null: the last one succeeded, or a person disabled the endpoint',
  'EndpointState.lastFailedAt': 'When the last failed attempt was made',
  'EndpointState.failedCount': 'Failed attempts since the endpoint was enabled',
  'EndpointState.nextAttempt':
    'When the next waiting delivery is due; in the past: it is attempted as soon as there is capacity; null: no delivery waits, or the endpoint is disabled or paused',
  breaker:
    'open: after many failures in a row no requests are sent until waitsUntil; half-open: one request at a time until one succeeds; null: not known now',
  waitsUntil:
    'No requests are sent before then, because the breaker is open or the endpoint asked for a pause',
  window: 'Most requests in flight, when failures have reduced the number; null: the usual number',
  rate: 'Most requests per second, learned from refusals of the endpoint; null: only the settings limit the rate',

  msgId: "The message's id",
  endpointId: "The endpoint's id",
  'MessageAttempt.url': 'The URL that the attempt was sent to',
  response: 'The first bytes of the response',
  responseStatusCode: '0: no response arrived',
  responseDurationMs: 'From the look-up of the name to the end of the response',
  triggerType: '0 by the schedule, 1 by a resend',
  attemptNumber: 'From 1, for each message and endpoint',
  failure: 'The kind of the failure; null after a success',
  'MessageAttempt.detail': 'The failure in a sentence',
  exchange:
    'Headers, size and times of request and response; null: not known, deleted, or requested without content',
  requestHeaders: 'The headers that were sent; values that look secret are ***',
  requestBytes: "The size of the request's body",
  responseHeaders: 'The headers of the response; null: no response arrived',
  resolveMs:
    'Milliseconds to look up the name; null: not done, or an existing connection was reused',
  connectMs:
    'Milliseconds to connect, through the proxy if there is one; null: not done, or a connection was reused',
  tlsMs: 'Milliseconds of the TLS handshake; null: not done, no TLS, or a connection was reused',
  firstByteMs: 'Milliseconds from the beginning of the attempt to the first byte of the response',
  'MessageAttempt.msg': 'The message, if with_msg asks for it',

  success: 'Attempts that succeeded',
  fail: 'Attempts that failed',
  pending: 'Always 0: an attempt has succeeded or failed',
  sending: 'Always 0',
  canceled:
    'Of an application: attempts at which a transformation cancelled the delivery. Of an endpoint: always 0, fail has them',

  active: 'Whether any endpoint may get such a message',
  'MessagePrecheck.channels': 'Channels that the message would be published on',
  'MessageRawPayload.payload': 'The text as it was published; {"expired":true} once it was deleted',
  payloadDeleted: 'True: the payload was deleted or has expired; absent otherwise',
  sentHeaders: 'Headers of the request, without those in sensitive',
  'MessageAttemptHeaders.responseHeaders':
    'Names and values of the headers; null: no response arrived',
  'EndpointThrottleRateStatus.status':
    'RateLimited: the endpoint has a throttleRate, and due deliveries wait',
  attemptCount: 'Attempts so far',
  'Undelivered.status': '2 fail: no attempt follows; 3 sending: another attempt follows',
  'Undelivered.timestamp': 'When the message was published',
  'Undelivered.appId': 'The application of the message',
  'Undelivered.endpointUrl': 'The present URL of the endpoint; null: the endpoint is gone',
  'UndeliveredCount.sending': 'Deliveries with another attempt to follow',
  'UndeliveredCount.fail': 'Deliveries that were given up',
  'UndeliveredCount.isExact': 'False: only the newest 5,000 were counted, and there are more',
  startDate: 'The beginning of the first period',
  endDate: 'The end of the last period',
  period: 'The length of a period; days are in UTC',
  'AttemptStatistics.data': 'Lists with an entry for each period',
  total: 'The sums over all periods',
  'AttemptStatistics.endpoints': 'The sums of each endpoint that was asked for and exists, by id',
  acceptedCount: 'Messages that were accepted; null for an endpoint',
  arrivalMs:
    'Percentiles of the time from when a delivery was due until it was delivered; null: none was delivered',
  by_event_type:
    'Attempts by the event type of their message; at most a hundred event types of each hour',
  total_success: 'Attempts that succeeded',
  total_failure: 'Attempts that failed',
  total_canceled: 'Attempts at which a transformation cancelled the delivery',
  'ApplicationStats.since': 'The beginning of the first hour',
  'ApplicationStats.until': 'The end of the last hour',
  'ActiveApplication.count': 'Applications that have an endpoint',
  'EndpointCount.active': 'Endpoints that are not disabled',
  'EndpointCount.disabled': 'Endpoints that are disabled',
  successCount: 'Attempts that succeeded',
  failureCount: 'Attempts that failed',
  canceledCount: 'Attempts at which a transformation cancelled the delivery',
  exhaustedCount: 'Failed attempts that were the last of their delivery',
  results: 'Attempts by their status code, or by the kind of failure where there is none',
  durationMs: 'Percentiles of the durations; null: there were no attempts',
  p50: 'Milliseconds that half of the attempts did not exceed, within 5 %',
  p90: 'Milliseconds that 90 % of the attempts did not exceed, within 5 %',
  p95: 'Milliseconds that 95 % of the attempts did not exceed, within 5 %',
  p99: 'Milliseconds that 99 % of the attempts did not exceed, within 5 %',

  featureFlags: 'The token also sees event types with one of these flags',
  expiry: 'Seconds until the token expires; a week by default',
  'ApplicationTokenExpire.expiry': 'Seconds until the tokens are refused; 0 by default',
  'ApiToken.expiry': 'Seconds until the key expires; by default it never does',
  'ApiTokenExpire.expiry': 'Seconds until the key is refused; 0 by default',
  capabilities: 'What the token may do; by default everything that portals may',
  readOnly:
    'The same as the one capability ViewBase; capabilities, if given too, must be read-only ones',
  'AppPortalAccess.sessionId': 'A session of your choice: all of its tokens can be ended together',
  sessionIds: 'Only tokens of these sessions; by default all of the application',
  actor:
    'Kind, id and name of the token that made the change; process: no token, the server itself',
  operation: 'What was done, such as endpoints.patch',
  'AuditEntry.timestamp': 'When the change was made',
  'AuditEntry.appId':
    'The application of the changed object; null: the object belongs to the organization',
  objects: 'Ids of the changed objects, such as endpointId',
  envId: 'The organization',
  appId: 'The one application that the token is limited to',
  permissionSource: 'SvixJwt: a signed token; RegionalAuthToken: an API key',
  'Whoami.sessionId': 'The session of a portal token',
  rights: 'What the token may do',
  'ApiToken.scopes': 'What the key may do: rights, read or publish; null: everything',
  'ApiToken.token': 'The key, which is shown only once',
  censoredToken: 'The last characters of the key',
  expiresAt: 'When the key expires; null: never',

  lastUsedAt: 'When the key was last used, to the minute; null: never',
  'PortalToken.expiresAt': 'When the token expires; null: never',
  'Whoami.expiresAt': 'When the token expires; null: never',
  'AppPortalAccess.url': 'The URL of the portal, with the token after a #',
  token: 'A bearer token that is limited to the application',

  processes: 'Every process that uses the database',
  backlog: 'Deliveries that wait to be attempted',

  routing: 'Which endpoints get the message, and why the others do not; only if requested',
  endpointUid: "The endpoint's uid",
  matches: 'Whether the filters let the message through',
  reason:
    'The first of disabled, eventType, channel, notJson, filter, expunged, test, later that applies; null: none',
  'MessageRouting.status':
    '0 success, 1 pending, 2 fail, 3 sending, 4 canceled; null: the message has no delivery to the endpoint',
  'Routing.detail': 'The reason in a sentence',
  'MessageRouting.detail': 'The reason in a sentence',
  filter: 'Only messages whose payload matches; null: all',
  'FilterTest.eventTypes': 'Tried instead of the event types of the endpoint',
  'FilterTest.channels': 'Tried instead of the channels of the endpoint',
  'FilterTest.filter': 'Tried instead of the filter of the endpoint',
  'FilterTest.data': 'Recent messages, newest first',
  limit: 'Most messages of the answer',
  'Authentication.type': 'basic or bearer; in answers also oauth2, or null for none',
  username: 'The name of basic authentication',
  'Authentication.password': 'The password of basic authentication',
  'Authentication.token': 'The token that is sent as Bearer',
  grantType: 'clientCredentials',
  authMethod: 'How the client authenticates at the token endpoint',
  clientId: 'The id of the client',
  clientSecret: 'The secret of the client, which is never shown; absent: the stored one stays',
  tokenUrl: 'The URL of the token endpoint',
  scopes: 'The scopes of the requested tokens',
  extraParams: 'Further parameters of token requests',
  extraHeaders: 'Further headers of token requests',
  enabled: 'Whether the endpoint has one',
  'EndpointTransformation.enabled': 'Whether it runs before each request',
  code: 'JavaScript that declares function handler(webhook); null: none',
  variablesWithheld:
    'Whether variables exist that this token may not see, because it may not change the transformation',
  variables: 'The value of webhook.variables in the program',
  'TransformationSimulate.url': 'The URL that the request would be sent to',
  'TransformationSimulate.payload':
    'The payload for the program; in the answer, the text that would be sent',
  'TransformationSimulate.method': 'POST, PUT or PATCH',
  'TransformationSimulate.cancel': 'Whether the delivery would be cancelled',
  'TransformationSimulate.headers':
    'Headers of the message for the program; in the answer, the headers after it ran',
  config: 'The configuration; null: there is none',
  identity: 'A certificate with its chain and its private key, as PEM, which is never shown',
  authorities: 'Certificates of authorities that are trusted instead of the usual ones, as PEM',
  'EndpointMtlsConfig.certificates': 'The client certificate and its chain',
  'EndpointSignature.headers': 'Headers with their templates',
  content: 'The template of the signed text',
  algorithm: 'The hash; hmac-sha256 by default',
  encoding: 'The encoding of the signature; hex by default',
  'EndpointSignature.secret': "The key, used as text; null: the endpoint's own secret",
  join: 'The text between two signatures while a secret is rotated; null: only the newest secret signs',
  hasSecret: 'Whether it has a key of its own',

  since: 'Only messages that were published (recover: that failed) at this instant or later',
  until: 'Only messages before this instant; null: now',
  dryRun: 'Change nothing; the answer has the count',
  channel: 'Only messages on this channel',
  tag: 'Only messages with this tag',
  tags: 'Tags by which lists and replays find the message; they have no other effect',
  'BulkReplay.eventTypes': 'Only messages of these event types',
  statusCodeClass: 'By the status code of the last attempt; 0: no response arrived',
  createdBefore: 'Only messages that were published before this instant',
  paused: 'Whether the endpoint is paused: messages wait without attempts until it is resumed',
  'HeadChange.msgId': 'The message that you expect to be the head; refused if another one is',
  head: 'The delivery for which all others wait; null: no delivery waits',
  waiting: 'How many deliveries wait, counted up to 10,000',
  'Task.status': 'running, finished or failed',
  'TaskStarted.status': 'running, finished or failed',
  task: 'What the task does',
  'Task.data': 'The input of the task, its progress and its result',
  'AppUsageStats.since': 'An instant in the first hour to count; at most 92 days before until',
  'AppUsageStats.until': 'An instant in the last hour to count',
  appIds: 'Only these applications, by id or uid; null: all',
  unresolvedAppIds: 'Entries of appIds that do not exist',
  count: 'Deliveries that the task would make due, or cancel',
  isComplete: 'False: there are more',
  isExact: 'False: only a part of the messages was counted, and there are more',

  iterator: 'The iterator of the next page; null: this page is empty',
  prevIterator: 'The iterator of the previous page',
  done: 'Whether this is the last page in the direction of paging',
};
