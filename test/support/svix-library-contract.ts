/**
 * What the Svix client libraries can send, as of November 2026: each of their operations that is here, with its query
 * parameters and the members of its body. `svix-contract.ts` has the answers.
 */
export interface LibraryOperation {
  readonly query?: string;
  readonly takes?: string;
  /** Parameters and members that are refused by their names. */
  readonly refused?: string;
  /** Parameters that leave out endpoints of Svix Play, of which there are none. */
  readonly ignored?: string;
}

export function namesIn(list = ''): string[] {
  return list.split(' ').filter((name) => name !== '');
}

export const LIBRARY_OPERATIONS: Readonly<Record<string, LibraryOperation>> = {
  'GET /app': {
    query: 'iterator limit order',
    refused: 'exclude_apps_with_disabled_endpoints exclude_apps_with_no_endpoints',
    ignored: 'exclude_apps_with_svix_play_endpoints',
  },
  'POST /app': { query: 'get_if_exists', takes: 'metadata name throttleRate uid' },
  'DELETE /app/:app_id': {},
  'GET /app/:app_id': {},
  'PATCH /app/:app_id': { takes: 'metadata name throttleRate uid' },
  'PUT /app/:app_id': { takes: 'metadata name throttleRate uid' },
  'GET /app/:app_id/attempt/endpoint/:endpoint_id': {
    query:
      'after before channel event_types expanded_statuses iterator limit status status_code_class tag with_content with_msg',
  },
  'GET /app/:app_id/attempt/msg/:msg_id': {
    query:
      'after before channel endpoint_id event_types expanded_statuses iterator limit status status_code_class tag with_content',
  },
  'GET /app/:app_id/endpoint': { query: 'iterator limit order' },
  'POST /app/:app_id/endpoint': {
    takes: 'channels description disabled eventTypes headers metadata secret throttleRate uid url',
  },
  'DELETE /app/:app_id/endpoint/:endpoint_id': {},
  'GET /app/:app_id/endpoint/:endpoint_id': {},
  'PATCH /app/:app_id/endpoint/:endpoint_id': {
    takes: 'channels description disabled eventTypes metadata throttleRate uid url',
  },
  'PUT /app/:app_id/endpoint/:endpoint_id': {
    takes: 'channels description disabled eventTypes metadata throttleRate uid url',
  },
  'POST /app/:app_id/endpoint/:endpoint_id/bulk-replay': {
    takes: 'channel eventTypes since status statusCodeClass tag until',
  },
  'POST /app/:app_id/endpoint/:endpoint_id/cancel-msgs': { takes: 'createdBefore' },
  'GET /app/:app_id/endpoint/:endpoint_id/headers': {},
  'PATCH /app/:app_id/endpoint/:endpoint_id/headers': { takes: 'deleteHeaders headers' },
  'PUT /app/:app_id/endpoint/:endpoint_id/headers': { takes: 'headers' },
  'GET /app/:app_id/endpoint/:endpoint_id/msg': {
    query:
      'after before channel event_types expanded_statuses iterator limit status tag with_content',
  },
  'DELETE /app/:app_id/endpoint/:endpoint_id/mtls': {},
  'GET /app/:app_id/endpoint/:endpoint_id/mtls': {},
  'PUT /app/:app_id/endpoint/:endpoint_id/mtls': { takes: 'identity' },
  'GET /app/:app_id/endpoint/:endpoint_id/mtls-config': {},
  'DELETE /app/:app_id/endpoint/:endpoint_id/oauth': {},
  'GET /app/:app_id/endpoint/:endpoint_id/oauth': {},
  'PUT /app/:app_id/endpoint/:endpoint_id/oauth': {
    takes: 'authMethod clientId clientSecret extraHeaders extraParams grantType scopes tokenUrl',
    refused: 'jwtParams refreshToken',
  },
  'GET /app/:app_id/endpoint/:endpoint_id/oauth-config': {},
  'GET /app/:app_id/endpoint/:endpoint_id/rate-limit-status': {},
  'POST /app/:app_id/endpoint/:endpoint_id/recover': { takes: 'since until' },
  'POST /app/:app_id/endpoint/:endpoint_id/replay-missing': { takes: 'since until' },
  'GET /app/:app_id/endpoint/:endpoint_id/secret': {},
  'POST /app/:app_id/endpoint/:endpoint_id/secret/rotate': { takes: 'gracePeriodSeconds key' },
  'POST /app/:app_id/endpoint/:endpoint_id/send-example': { takes: 'eventType exampleIndex' },
  'GET /app/:app_id/endpoint/:endpoint_id/stats': { query: 'since until' },
  'GET /app/:app_id/endpoint/:endpoint_id/transformation': {},
  'PATCH /app/:app_id/endpoint/:endpoint_id/transformation': { takes: 'code enabled variables' },
  'POST /app/:app_id/endpoint/:endpoint_id/transformation/simulate': {
    takes: 'channels code eventType payload variables',
  },
  'GET /app/:app_id/msg': {
    query: 'after before channel event_types iterator limit tag with_content',
  },
  'POST /app/:app_id/msg': {
    query: 'with_content',
    takes:
      'application channels deliverAt eventId eventType payload payloadRetentionHours payloadRetentionPeriod tags transformationsParams',
  },
  'GET /app/:app_id/msg/:msg_id': { query: 'with_content' },
  'GET /app/:app_id/msg/:msg_id/attempt/:attempt_id': { query: 'expanded_statuses' },
  'DELETE /app/:app_id/msg/:msg_id/attempt/:attempt_id/content': {},
  'GET /app/:app_id/msg/:msg_id/attempt/:attempt_id/headers': {},
  'DELETE /app/:app_id/msg/:msg_id/content': {},
  'GET /app/:app_id/msg/:msg_id/endpoint': { query: 'iterator limit' },
  'POST /app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend': {},
  'GET /app/:app_id/msg/:msg_id/raw': {},
  'POST /app/:app_id/msg/bulk-expunge': { takes: 'ids' },
  'POST /app/:app_id/msg/expunge-all-contents': {},
  'POST /app/:app_id/msg/precheck/active': { takes: 'channels eventType' },
  'GET /app/:app_id/stats/attempts': { query: 'event_types since until' },
  'GET /app/stats/count-active': { query: 'exclude_disabled', ignored: 'exclude_svix_play' },
  'POST /auth/app-portal-access/:app_id': {
    takes: 'application capabilities expiry featureFlags readOnly sessionId',
  },
  'POST /auth/app/:app_id/expire-all': { takes: 'expiry sessionIds' },
  'POST /auth/logout': {},
  'GET /auth/whoami': {},
  'GET /background-task': { query: 'iterator limit order status task' },
  'GET /background-task/:task_id': {},
  'POST /environment/export': {},
  'POST /environment/import': { takes: 'eventTypes settings', refused: 'connectors' },
  'GET /event-type': { query: 'include_archived iterator limit order with_content' },
  'POST /event-type': {
    takes: 'archived deprecated description featureFlags groupName name schemas',
  },
  'DELETE /event-type/:event_type_name': { query: 'expunge' },
  'GET /event-type/:event_type_name': {},
  'PATCH /event-type/:event_type_name': {
    takes: 'archived deprecated description featureFlags groupName schemas',
  },
  'PUT /event-type/:event_type_name': {
    takes: 'archived deprecated description featureFlags groupName schemas',
  },
  'POST /event-type/import/openapi': { takes: 'dryRun replaceAll spec specRaw' },
  'GET /health': {},
  'GET /management/authentication/:env_id/api-token': { query: 'iterator limit order' },
  'POST /management/authentication/:env_id/api-token': { takes: 'name scopes' },
  'GET /management/authentication/:env_id/api-token/:key_id': {},
  'PATCH /management/authentication/:env_id/api-token/:key_id': { takes: 'name scopes' },
  'PUT /management/authentication/:env_id/api-token/:key_id': { takes: 'name' },
  'POST /management/authentication/:env_id/api-token/:key_id/expire': { takes: 'expiry' },
  'GET /operational-webhook/endpoint': { query: 'iterator limit order' },
  'POST /operational-webhook/endpoint': {
    takes: 'description disabled eventTypes headers metadata secret throttleRate uid url',
  },
  'DELETE /operational-webhook/endpoint/:endpoint_id': {},
  'GET /operational-webhook/endpoint/:endpoint_id': {},
  'PUT /operational-webhook/endpoint/:endpoint_id': {
    takes: 'description disabled eventTypes metadata throttleRate uid url',
  },
  'GET /operational-webhook/endpoint/:endpoint_id/headers': {},
  'PUT /operational-webhook/endpoint/:endpoint_id/headers': { takes: 'headers' },
  'GET /operational-webhook/endpoint/:endpoint_id/secret': {},
  'POST /operational-webhook/endpoint/:endpoint_id/secret/rotate': {
    takes: 'gracePeriodSeconds key',
  },
  'GET /stats/app/:app_id/attempt': { query: 'endDate period startDate', refused: 'event_types' },
  'GET /stats/endpoint/count': { ignored: 'exclude_svix_play' },
  'POST /stats/usage/app': { takes: 'appIds since until' },
  'PUT /stats/usage/event-types': {},
};

/** Their operations about webhooks that are not here. */
export const MISSING_OPERATIONS = [
  'DELETE /app/:app_id/integration/:integ_id',
  'DELETE /auth/app/:app_id/mcp-token/:token_id',
  'DELETE /auth/dashboard/mcp-token/:token_id',
  'DELETE /management/environment/:env_id',
  'GET /app/:app_id/attempt/endpoint/:endpoint_id/count',
  'GET /app/:app_id/endpoint/:endpoint_id/ca',
  'GET /app/:app_id/endpoint/:endpoint_id/connector',
  'GET /app/:app_id/events',
  'GET /app/:app_id/integration',
  'GET /app/:app_id/integration/:integ_id',
  'GET /app/:app_id/poller/:sink_id',
  'GET /app/:app_id/poller/:sink_id/consumer/:consumer_id',
  'GET /app/:app_id/polling-endpoint/:sink_id/consumer/:consumer_id',
  'GET /auth/app/:app_id/mcp-token',
  'GET /auth/app/:app_id/poller/:endpoint_id/token',
  'GET /auth/dashboard/mcp-token',
  'GET /auth/org-group-admin-token',
  'GET /event-type/:event_type_name/retry-schedule',
  'GET /management/environment',
  'GET /management/environment/:env_id',
  'PATCH /app/:app_id/alert-email',
  'POST /app/:app_id/endpoint/:endpoint_id/msg/test-attempt',
  'POST /app/:app_id/integration',
  'POST /app/:app_id/integration/:integ_id/key/rotate',
  'POST /app/:app_id/msg/search',
  'POST /app/:app_id/poller/:sink_id/consumer/:consumer_id/seek',
  'POST /app/:app_id/polling-endpoint/:sink_id/consumer/:consumer_id/commit',
  'POST /auth/app/:app_id/create-message-token',
  'POST /auth/app/:app_id/mcp-token',
  'POST /auth/app/:app_id/poller/:endpoint_id/token/rotate',
  'POST /auth/dashboard/mcp-token',
  'POST /auth/one-time-token',
  'POST /auth/org-group-admin-token',
  'POST /auth/org-group-admin-token/:key_id/expire',
  'POST /event-type/export/openapi',
  'POST /management/environment',
  'POST /msg/broadcast',
  'PUT /app/:app_id/endpoint/:endpoint_id/ca',
  'PUT /app/:app_id/integration/:integ_id',
  'PUT /auth/org-group-admin-token/:key_id',
  'PUT /event-type/:event_type_name/retry-schedule',
  'PUT /management/environment/:env_id',
];
