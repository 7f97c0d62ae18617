import type { Contracts } from './contract.ts';

const OF_MESSAGE = '/app/:app_id/msg/:msg_id';

export const ATTEMPT_CONTRACTS: Contracts = {
  'GET /app/:app_id/attempt/msg/:msg_id': {
    id: 'v1.message-attempt.list-by-msg',
    summary: 'List attempts of a message',
    query: 'AttemptListByMessageOptions',
    answers: { 200: { listOf: 'MessageAttemptOut' } },
  },
  'GET /app/:app_id/attempt/endpoint/:endpoint_id': {
    id: 'v1.message-attempt.list-by-endpoint',
    summary: 'List attempts of an endpoint',
    query: 'AttemptListOptions',
    answers: { 200: { listOf: 'MessageAttemptOut' } },
  },
  'GET /app/:app_id/endpoint/:endpoint_id/msg': {
    id: 'v1.message-attempt.list-attempted-messages',
    summary: 'List messages of an endpoint, with the status of each delivery',
    query: 'EndpointMessageListOptions',
    answers: { 200: { listOf: 'EndpointMessageOut' } },
  },
  [`GET ${OF_MESSAGE}/endpoint`]: {
    id: 'v1.message-attempt.list-attempted-destinations',
    summary: 'List endpoints that a message goes to, with the status of each delivery',
    query: 'DestinationListOptions',
    answers: { 200: { listOf: 'MessageEndpointOut' } },
  },
  [`POST ${OF_MESSAGE}/endpoint/:endpoint_id/resend`]: {
    id: 'v1.message-attempt.resend',
    summary: 'Send a message to an endpoint again',
    answers: { 202: 'Empty' },
  },
  [`GET ${OF_MESSAGE}/attempt/:attempt_id`]: {
    id: 'v1.message-attempt.get',
    summary: 'Get an attempt',
    query: 'GetAttemptOptions',
    answers: { 200: 'MessageAttemptOut' },
  },
  [`GET ${OF_MESSAGE}/attempt/:attempt_id/headers`]: {
    id: 'v1.message-attempt.get-headers',
    summary: 'Get the headers that an attempt sent and received',
    answers: { 200: 'MessageAttemptHeadersOut' },
  },
  [`DELETE ${OF_MESSAGE}/attempt/:attempt_id/content`]: {
    id: 'v1.message-attempt.expunge-content',
    summary: 'Delete the stored response of an attempt',
    answers: { 204: null },
  },
  [`GET ${OF_MESSAGE}/attempt`]: {
    id: 'v1.message-attempt.list',
    summary: 'List attempts of a message',
    deprecated: true,
    query: 'AttemptListByMessageOptions',
    answers: { 200: { listOf: 'MessageAttemptOut' } },
  },
  [`GET ${OF_MESSAGE}/endpoint/:endpoint_id/attempt`]: {
    id: 'v1.message-attempt.list-for-endpoint',
    summary: 'List attempts of a message at an endpoint',
    deprecated: true,
    query: 'AttemptListOfPairOptions',
    answers: { 200: { listOf: 'MessageAttemptOut' } },
  },
};
