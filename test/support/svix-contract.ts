/**
 * The operations of Svix's open-source server, version 1.100, each with its query parameters, the members of its body
 * and the members of each answer.
 *
 * Left out are `POST /auth/logout`, which that server answers with 501, and members that `svix-library-contract.ts` has.
 */
export interface SvixOperation {
  readonly query?: string;
  readonly takes?: string;
  /** By status; empty: no body, or one without members. */
  readonly answers?: Readonly<Record<number, string>>;
}

const APPLICATION = 'createdAt id metadata name throttleRate uid updatedAt';
const ENDPOINT =
  'channels createdAt description disabled eventTypes id metadata throttleRate uid updatedAt url';
const ATTEMPT =
  'endpointId id msgId response responseDurationMs responseStatusCode status statusText timestamp triggerType url';
const MESSAGE = 'channels eventId eventType id payload timestamp';
const EVENT_TYPE = 'archived createdAt deprecated description featureFlag name schemas updatedAt';
const NEW_APPLICATION = 'metadata name throttleRate uid';
const NEW_ENDPOINT = 'channels description disabled eventTypes metadata throttleRate uid url';
const NEW_EVENT_TYPE = 'archived deprecated description featureFlag schemas';

export const SVIX_OPERATIONS: Readonly<Record<string, SvixOperation>> = {
  'GET /app': { query: 'iterator limit order', answers: { 200: `list of ${APPLICATION}` } },
  'POST /app': {
    query: 'get_if_exists',
    takes: NEW_APPLICATION,
    answers: { 200: APPLICATION, 201: APPLICATION },
  },
  'DELETE /app/:app_id': { answers: { 204: '' } },
  'GET /app/:app_id': { answers: { 200: APPLICATION } },
  'PATCH /app/:app_id': { takes: NEW_APPLICATION, answers: { 200: APPLICATION } },
  'PUT /app/:app_id': { takes: NEW_APPLICATION, answers: { 200: APPLICATION, 201: APPLICATION } },
  'GET /app/:app_id/attempt/endpoint/:endpoint_id': {
    query: 'after before channel event_types iterator limit status status_code_class with_content',
    answers: { 200: `list of ${ATTEMPT}` },
  },
  'GET /app/:app_id/attempt/msg/:msg_id': {
    query:
      'after before channel endpoint_id event_types iterator limit status status_code_class with_content',
    answers: { 200: `list of ${ATTEMPT}` },
  },
  'GET /app/:app_id/endpoint': {
    query: 'iterator limit order',
    answers: { 200: `list of ${ENDPOINT}` },
  },
  'POST /app/:app_id/endpoint': {
    takes: 'channels description disabled eventTypes metadata secret throttleRate uid url',
    answers: { 201: ENDPOINT },
  },
  'DELETE /app/:app_id/endpoint/:endpoint_id': { answers: { 204: '' } },
  'GET /app/:app_id/endpoint/:endpoint_id': { answers: { 200: ENDPOINT } },
  'PATCH /app/:app_id/endpoint/:endpoint_id': { takes: NEW_ENDPOINT, answers: { 200: ENDPOINT } },
  'PUT /app/:app_id/endpoint/:endpoint_id': {
    takes: NEW_ENDPOINT,
    answers: { 200: ENDPOINT, 201: ENDPOINT },
  },
  'GET /app/:app_id/endpoint/:endpoint_id/headers': { answers: { 200: 'headers sensitive' } },
  'PATCH /app/:app_id/endpoint/:endpoint_id/headers': { takes: 'headers', answers: { 204: '' } },
  'PUT /app/:app_id/endpoint/:endpoint_id/headers': { takes: 'headers', answers: { 204: '' } },
  'GET /app/:app_id/endpoint/:endpoint_id/msg': {
    query: 'after before channel event_types iterator limit status with_content',
    answers: {
      200: 'list of channels eventId eventType id nextAttempt payload status statusText timestamp',
    },
  },
  'GET /app/:app_id/endpoint/:endpoint_id/secret': { answers: { 200: 'key' } },
  'POST /app/:app_id/endpoint/:endpoint_id/secret/rotate': {
    takes: 'gracePeriodSeconds key',
    answers: { 204: '' },
  },
  'POST /app/:app_id/endpoint/:endpoint_id/send-example': {
    takes: 'eventType',
    answers: { 200: MESSAGE },
  },
  'GET /app/:app_id/endpoint/:endpoint_id/stats': {
    query: 'since until',
    answers: { 200: 'canceled fail pending sending success' },
  },
  'GET /app/:app_id/msg': {
    query: 'after before channel event_types iterator limit with_content',
    answers: { 200: `list of ${MESSAGE}` },
  },
  'POST /app/:app_id/msg': {
    query: 'with_content',
    takes: 'application channels eventId eventType payload',
    answers: { 202: MESSAGE },
  },
  'GET /app/:app_id/msg/:msg_id': { query: 'with_content', answers: { 200: MESSAGE } },
  'GET /app/:app_id/msg/:msg_id/attempt/:attempt_id': { answers: { 200: ATTEMPT } },
  'DELETE /app/:app_id/msg/:msg_id/attempt/:attempt_id/content': {},
  'DELETE /app/:app_id/msg/:msg_id/content': {},
  'GET /app/:app_id/msg/:msg_id/endpoint': {
    query: 'iterator limit',
    answers: {
      200: 'list of channels createdAt description disabled eventTypes id nextAttempt status statusText throttleRate uid updatedAt url',
    },
  },
  'POST /app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend': { answers: { 202: '' } },
  'POST /auth/app-portal-access/:app_id': {
    takes: 'application featureFlags',
    answers: { 200: 'token url' },
  },
  'GET /event-type': {
    query: 'include_archived iterator limit order with_content',
    answers: { 200: `list of ${EVENT_TYPE}` },
  },
  'POST /event-type': {
    takes: 'archived deprecated description featureFlag name schemas',
    answers: { 201: EVENT_TYPE },
  },
  'DELETE /event-type/:event_type_name': { query: 'expunge', answers: { 204: '' } },
  'GET /event-type/:event_type_name': { answers: { 200: EVENT_TYPE } },
  'PATCH /event-type/:event_type_name': { takes: NEW_EVENT_TYPE, answers: { 200: EVENT_TYPE } },
  'PUT /event-type/:event_type_name': {
    takes: NEW_EVENT_TYPE,
    answers: { 200: EVENT_TYPE, 201: EVENT_TYPE },
  },
  'GET /health': { answers: { 204: '' } },
};
