import type { Page } from 'playwright-core';
import { waitFor } from '../../test/support/wait-for.ts';

/**
 * To another page of the same face, as a link in the face leads there: a fifth of what it costs to read
 * the face anew. Resolves when the page is shown; what it reads from the API may still be on its way.
 */
export async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate(`__TSR_ROUTER__.history.push(${JSON.stringify(path)})`);
  await waitFor(() => page.evaluate<boolean>(SHOWN), `${path} to be shown`, 10_000);
}

/** The router shows itself to tools of developers under this name. */
const SHOWN = `(({ state }) => state.status === 'idle' &&
  state.resolvedLocation?.href === state.location.href)(__TSR_ROUTER__)`;
