import type { Contracts } from './contract.ts';

const ONE = '/app/:app_id/msg/:msg_id';

export const MESSAGE_CONTRACTS: Contracts = {
  'GET /app/:app_id/msg': {
    id: 'v1.message.list',
    summary: 'List messages',
    query: 'MessageListOptions',
    answers: { 200: { listOf: 'MessageOut' } },
  },
  'POST /app/:app_id/msg': {
    id: 'v1.message.create',
    summary: 'Publish a message',
    description: 'When the answer is sent, the message and all its deliveries are on disk.',
    query: 'PublishOptions',
    body: 'MessageIn',
    answers: { 202: 'MessageOut' },
  },
  'POST /app/:app_id/msg/batch': {
    id: 'v1.message.create-batch',
    summary: 'Publish up to 1,000 messages in one commit',
    description:
      'Each message has its own result, in the same order. A request that is repeated with its idempotency key publishes each message once. An answer that refuses messages is not kept, so a repetition tries those again.',
    body: 'MessageBatchIn',
    answers: { 200: 'MessageBatchOut' },
  },
  'POST /app/:app_id/msg/bulk-expunge': {
    id: 'v1.message.bulk-expunge-contents',
    summary: 'Delete the payloads of messages',
    description: 'Their pending deliveries are cancelled.',
    body: 'BulkExpungeContentsIn',
    answers: { 200: 'BulkExpungeContentsOut' },
  },
  [`POST ${ONE}/cancel`]: {
    id: 'v1.message.cancel',
    summary: 'Cancel the pending deliveries of a message',
    description: 'An attempt under way goes on. The message stays.',
    answers: { 204: null },
  },
  [`GET ${ONE}`]: {
    id: 'v1.message.get',
    summary: 'Get a message',
    query: 'ContentOptions',
    answers: { 200: 'MessageOut' },
  },
  [`GET ${ONE}/raw`]: {
    id: 'v1.message.get-raw-payload',
    summary: 'Get the payload of a message as the text that was published',
    answers: { 200: 'MessageRawPayloadOut' },
  },
  'POST /app/:app_id/msg/precheck/active': {
    id: 'v1.message.precheck',
    summary: 'Check whether any endpoint may get such a message',
    description: 'Payload filters are not applied.',
    body: 'MessagePrecheckIn',
    answers: { 200: 'MessagePrecheckOut' },
  },
  [`GET ${ONE}/routing`]: {
    id: 'v1.message.routing',
    summary: 'Show which endpoints get a message, and why the others do not',
    description:
      'Uses the present filters of the endpoints. The status is that of the delivery, where the message has one to the endpoint.',
    query: 'DestinationListOptions',
    answers: { 200: { listOf: 'MessageRoutingOut' } },
  },
  [`DELETE ${ONE}/content`]: {
    id: 'v1.message.expunge-content',
    summary: 'Delete the payload of a message',
    description: 'Its pending deliveries are cancelled.',
    answers: { 204: null },
  },
};
