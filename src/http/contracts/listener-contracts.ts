import type { Contracts } from './contract.ts';

const ONE = '/app/:app_id/listener/:listener_id';

export const LISTENER_CONTRACTS: Contracts = {
  [`PUT ${ONE}`]: {
    id: 'v1.listener.open',
    summary: 'Open a listener, or renew it',
    description:
      'Creates a temporary endpoint for a program that cannot be reached from outside: the program fetches the requests and sends back the responses. The endpoint ends when the program has not asked for 90 seconds.',
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
    description:
      'Answers as soon as there are requests. Every process of the installation can be asked.',
    query: 'ListenerRequestsOptions',
    answers: { 200: 'ListenerRequestsOut' },
  },
  [`PUT ${ONE}/request/:request_id`]: {
    id: 'v1.listener.answer',
    summary: 'Answer a request of a listener',
    description:
      'The first answer becomes the response of the attempt. An answer after the deadline has no effect.',
    body: 'ListenerAnswerIn',
    answers: { 204: null },
  },
};
