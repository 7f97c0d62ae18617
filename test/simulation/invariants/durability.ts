import { clockText } from '../ledger.ts';
import { type Invariant, deliveryKey, isEdited, isSuccess, label } from './invariant.ts';

export const accepted: Invariant = {
  name: 'accepted',
  says: 'A message that a caller was told is accepted is in the storage, owed to every endpoint that wanted it.',
  breaches: ({ ledger, database }) =>
    ledger.publishes.flatMap(({ messageId, wantedBy, calledMs, answeredMs }) => {
      if (messageId === null || answeredMs === null) return [];
      const stored = database.messages.get(messageId);
      if (stored === undefined) return [`${ledger.nameOf(messageId)} is not in the storage`];
      return wantedBy
        .filter((endpointId) => !stored.deliveries.has(endpointId))
        .filter((endpointId) => !isEdited(ledger, endpointId, calledMs, answeredMs))
        .map((endpointId) => `${label(ledger, { messageId, endpointId })} is not owed`);
    }),
};

export const delivered: Invariant = {
  name: 'delivered',
  says: 'A delivery that is stored as delivered was answered with success by its receiver.',
  breaches({ ledger, database }) {
    const succeeded = new Set(ledger.requests.filter(isSuccess).map(deliveryKey));
    return [...database.messages.values()]
      .flatMap(({ deliveries }) => [...deliveries.values()])
      .filter((delivery) => delivery.state === 'delivered')
      .filter((delivery) => !succeeded.has(deliveryKey(delivery)))
      .map((delivery) => `${label(ledger, delivery)} was never answered with success`);
  },
};

export const recorded: Invariant = {
  name: 'recorded',
  says: 'Each result that a process came to know is recorded as an attempt, unless the process crashed.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { result, record, process, endedMs } = request;
      if (result === null || result.localShortage || record !== null) return [];
      const { endedBy } = ledger.processes.find(({ number }) => number === process) ?? {};
      if (endedBy === 'crash') return [];
      return [
        `the result of ${label(ledger, request)} at ${clockText(endedMs ?? 0)} is not stored`,
      ];
    }),
};
