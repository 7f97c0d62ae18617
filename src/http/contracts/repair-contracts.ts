import type { Contracts } from './contract.ts';

const ENDPOINT = '/app/:app_id/endpoint/:endpoint_id';
const TASK = { 200: 'TaskCountOut', 202: 'TaskStartedOut' } as const;

export const REPAIR_CONTRACTS: Contracts = {
  [`POST ${ENDPOINT}/recover`]: {
    id: 'v1.endpoint.recover',
    summary: 'Retry deliveries whose retries were exhausted',
    description: 'A background task; with `dryRun`, only its count.',
    body: 'ReplayIn',
    answers: TASK,
  },
  'POST /app/:app_id/msg/expunge-all-contents': {
    id: 'v1.message.expunge-all-contents',
    summary: 'Delete the payloads of all messages of an application',
    description: 'A background task. The pending deliveries of the messages are cancelled.',
    answers: { 202: 'TaskStartedOut' },
  },
  [`POST ${ENDPOINT}/replay-missing`]: {
    id: 'v1.endpoint.replay-missing',
    summary: 'Send messages that were published while the endpoint was disabled or did not exist',
    description: 'A background task; with `dryRun`, only its count.',
    body: 'ReplayIn',
    answers: TASK,
  },
  [`POST ${ENDPOINT}/bulk-replay`]: {
    id: 'v1.endpoint.bulk-replay',
    summary: 'Send messages again, delivered or not',
    description: 'A background task; with `dryRun`, only its count.',
    body: 'BulkReplayIn',
    answers: TASK,
  },
  [`POST ${ENDPOINT}/cancel-msgs`]: {
    id: 'v1.endpoint.cancel-msgs',
    summary: 'Cancel deliveries that wait for an endpoint',
    description: 'A background task; with `dryRun`, only its count.',
    body: 'CancelMessagesIn',
    answers: { 200: 'TaskCountOut', 204: null },
  },
  [`POST ${ENDPOINT}/pause`]: {
    id: 'v1.endpoint.pause',
    summary: 'Pause an endpoint: no attempts until it is resumed',
    description: 'Messages that are published meanwhile wait, too.',
    answers: { 200: 'EndpointOut' },
  },
  [`POST ${ENDPOINT}/resume`]: {
    id: 'v1.endpoint.resume',
    summary: 'Resume a paused endpoint',
    answers: { 200: 'EndpointOut' },
  },
  [`GET ${ENDPOINT}/head`]: {
    id: 'v1.endpoint.head',
    summary: 'Show the delivery for which an ordered endpoint waits',
    answers: { 200: 'EndpointHeadOut' },
  },
  [`POST ${ENDPOINT}/head/skip`]: {
    id: 'v1.endpoint.skip-head',
    summary: 'Cancel the delivery for which an ordered endpoint waits',
    body: 'HeadChangeIn',
    answers: { 202: 'Empty' },
  },
  [`POST ${ENDPOINT}/head/retry`]: {
    id: 'v1.endpoint.retry-head',
    summary: 'Attempt the delivery for which an ordered endpoint waits now',
    body: 'HeadChangeIn',
    answers: { 202: 'Empty' },
  },
  'GET /background-task': {
    id: 'v1.background-task.list',
    summary: 'List background tasks',
    query: 'TaskListOptions',
    answers: { 200: { listOf: 'TaskOut' } },
  },
  'GET /background-task/:task_id': {
    id: 'v1.background-task.get',
    summary: 'Get a background task',
    answers: { 200: 'TaskOut' },
  },
  'POST /background-task/:task_id/cancel': {
    id: 'v1.background-task.cancel',
    summary: 'Stop a background task; its changes so far stay',
    answers: { 200: 'TaskOut' },
  },
};
