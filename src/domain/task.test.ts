import { expect, it } from 'vitest';
import { firstId } from './ids.ts';
import type { FoundDelivery } from './standing.ts';
import { type Selection, idRange, selects } from './task.ts';

const ALL: Selection = {
  effect: 'schedule',
  by: 'publication',
  since: 100,
  until: 200,
  standings: ['missing', 'failing', 'exhausted'],
  eventTypes: null,
  channel: null,
  tag: null,
  statusCodeClass: null,
};
const FOUND: FoundDelivery = {
  messageId: 'msg_1',
  eventType: 'call.new',
  channels: ['eu'],
  deliverAt: null,
  tags: ['trial'],
  at: 'msg_1',
  happenedAt: 150,
  standing: 'exhausted',
  dueAt: null,
  lastStatusCode: 503,
};
const TAKES_ALL = () => true;

it.each<[Partial<Selection>, Partial<FoundDelivery>, boolean]>([
  [{}, {}, true],
  [{}, { happenedAt: 99 }, false],
  [{}, { happenedAt: 100 }, true],
  [{}, { happenedAt: 200 }, false],
  [{ since: null }, { happenedAt: 1 }, true],
  [{}, { standing: 'delivered' }, false],
  [{}, { standing: 'failing', dueAt: 51 }, true],
  [{}, { standing: 'failing', dueAt: 50 }, false],
  [{ effect: 'cancel' }, { standing: 'failing', dueAt: 50 }, true],
  [{ effect: 'cancel' }, { standing: 'failing', dueAt: 90, deliverAt: 90 }, true],
  [{}, { standing: 'failing', dueAt: 90, deliverAt: 50 }, true],
  [{}, { standing: 'failing', dueAt: 90, deliverAt: 91 }, false],
  [{}, { standing: 'exhausted', deliverAt: 90 }, true],
  [{ eventTypes: ['call.new', 'call.end'] }, {}, true],
  [{ eventTypes: ['call.end'] }, {}, false],
  [{ channel: 'eu' }, {}, true],
  [{ channel: 'us' }, {}, false],
  [{ channel: 'eu' }, { channels: null }, false],
  [{ tag: 'trial' }, {}, true],
  [{ tag: 'paid' }, {}, false],
  [{ tag: 'trial' }, { tags: null }, false],
  [{ statusCodeClass: 500 }, {}, true],
  [{ statusCodeClass: 400 }, {}, false],
  [{ statusCodeClass: 0 }, { lastStatusCode: 0 }, true],
  [{ statusCodeClass: 0 }, { lastStatusCode: null }, false],
])('of %j with %j: %s', (selection, found, expected) => {
  const selected = selects({ ...ALL, ...selection }, { ...FOUND, ...found }, TAKES_ALL, 50);
  expect(selected).toBe(expected);
});

it('asks the filters of the endpoint only for messages that were never owed to it', () => {
  const other = () => false;
  expect(selects(ALL, { ...FOUND, standing: 'missing' }, TAKES_ALL, 50)).toBe(true);
  expect(selects(ALL, { ...FOUND, standing: 'missing' }, other, 50)).toBe(false);
  expect(selects(ALL, FOUND, other, 50)).toBe(true);
});

it('has a range of ids with a margin for clocks that are set back, but not beyond the time of the request', () => {
  const at = Date.UTC(2030, 0, 1);
  const hour = 3_600_000;
  expect(idRange({ by: 'publication', since: null, until: at }, at)).toEqual({
    after: null,
    before: firstId('msg', at + 1_000),
  });
  expect(idRange({ by: 'publication', since: at, until: at }, at + 2 * hour)).toEqual({
    after: firstId('msg', at - 1_000),
    before: firstId('msg', at + hour + 1_000),
  });
  expect(idRange({ by: 'failure', since: at, until: at }, at + 2 * hour)).toEqual({
    after: firstId('atmpt', at - hour),
    before: firstId('atmpt', at + hour + 241_000),
  });
});
