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
    description: 'The answer says that the message and all its deliveries are on disk.',
    query: 'ContentOptions',
    body: 'MessageIn',
    answers: { 202: 'MessageOut' },
  },
  [`GET ${ONE}`]: {
    id: 'v1.message.get',
    summary: 'Get a message',
    query: 'ContentOptions',
    answers: { 200: 'MessageOut' },
  },
  [`DELETE ${ONE}/content`]: {
    id: 'v1.message.expunge-content',
    summary: 'Delete the payload of a message',
    description: 'What is still owed of it is cancelled.',
    answers: { 204: null },
  },
};
