import type { Contracts } from './contract.ts';

const ONE = '/app/:app_id/listener/:listener_id';

export const LISTENER_CONTRACTS: Contracts = {
  [`PUT ${ONE}`]: {
    id: 'v1.listener.open',
    summary: 'Open a listener, or renew it',
    description:
      'Makes a temporary endpoint whose attempts wait for a program that asks for them, and that nobody can reach. It ends when nobody has asked for 90 seconds.',
    body: 'ListenerIn',
    answers: { 200: 'ListenerOut', 201: 'ListenerOut' },
  },
  [`DELETE ${ONE}`]: {
    id: 'v1.listener.close',
    summary: 'Close a listener, and delete its endpoint',
    answers: { 204: null },
  },
  [`GET ${ONE}/request`]: {
    id: 'v1.listener.requests',
    summary: 'Wait for the requests of a listener',
    description: 'Answers as soon as there are some. Any process may be asked.',
    query: 'ListenerRequestsOptions',
    answers: { 200: 'ListenerRequestsOut' },
  },
  [`PUT ${ONE}/request/:request_id`]: {
    id: 'v1.listener.answer',
    summary: 'Answer a request of a listener',
    description: 'The first answer is that of the attempt. One that comes too late has no effect.',
    body: 'ListenerAnswerIn',
    answers: { 204: null },
  },
};
