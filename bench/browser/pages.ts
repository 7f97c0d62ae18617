import type { FilledDatabase } from '../fill-database.ts';

/** A page of a face, with its main content and the acts to measure on it. */
export interface MeasuredPage {
  readonly name: string;
  readonly path: string;
  /** A selector of the main content: the first row of a list, or the facts. */
  readonly content: string;
  readonly acts?: readonly Act[];
}

/** An act of a person; its first key or click begins the measured time. */
export interface Act {
  readonly name: string;
  /** The element to click, or, with `keys`, to focus. */
  readonly target?: string;
  readonly types?: string;
  readonly keys?: string;
  /** A selector of the result, which contains `text`. */
  readonly shows: string;
  readonly text?: string;
}

const ROW = 'main tbody tr[data-index="0"]';
const TOLD = 'main .timeline';

const PALETTE: Act = { name: 'palette', keys: 'Control+k', shows: '[role="combobox"]' };
/** Scrolls to rows after the first 50; within one frame the view may have passed the first of them. */
const SCROLL: Act = {
  name: 'scroll on',
  keys: 'End',
  shows: 'main tr:is([data-index="50"], [data-index="99"])',
};
const FILTER: Act = {
  name: 'filter',
  target: 'main input[placeholder="invoice.paid"]',
  types: 'rare',
  keys: 'Enter',
  shows: ROW,
  text: 'rare',
};
const OPEN: Act = { name: 'open a row', target: `${ROW} a`, shows: TOLD };

export function consolePages({
  applicationId,
  endpointId,
  middle,
}: FilledDatabase): MeasuredPage[] {
  const app = `/applications/${applicationId}`;
  return [
    { name: 'overview', path: '/', content: 'main canvas', acts: [PALETTE] },
    { name: 'applications', path: '/applications', content: ROW },
    { name: 'application', path: app, content: ROW },
    { name: 'endpoint', path: `${app}/endpoints/${endpointId}`, content: ROW },
    {
      name: 'messages',
      path: `/messages?app=${applicationId}`,
      content: ROW,
      acts: [SCROLL, FILTER, OPEN],
    },
    { name: 'message', path: `${app}/messages/${middle.id}`, content: TOLD },
    { name: 'undelivered', path: '/undelivered', content: ROW, acts: [SCROLL] },
    { name: 'repair', path: '/repair', content: 'main .tiles .card' },
    { name: 'audit', path: '/audit', content: ROW },
  ];
}

export function portalPages({ endpointId, middle }: FilledDatabase): MeasuredPage[] {
  return [
    { name: 'portal endpoints', path: '/portal', content: ROW, acts: [PALETTE] },
    { name: 'portal endpoint', path: `/portal/endpoints/${endpointId}`, content: ROW },
    {
      name: 'portal messages',
      path: '/portal/messages',
      content: ROW,
      acts: [SCROLL, FILTER, OPEN],
    },
    { name: 'portal message', path: `/portal/messages/${middle.id}`, content: TOLD },
    { name: 'portal activity', path: '/portal/activity', content: 'main canvas' },
  ];
}
