import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** Where to keep a picture of everything that is looked at, for whoever wants to see it; absent: nowhere. */
export const PICTURES = process.env['TEST_PICTURES'];

export interface Look {
  /** Looks at the page as it is, in both schemes and widths, or `briefly`. */
  at(name: string, how?: 'briefly'): Promise<void>;
  /** What is wrong, in words. */
  readonly findings: string[];
}

type Variant = readonly ['light' | 'dark', 'wide' | 'narrow'];
const ALL: readonly Variant[] = [
  ['light', 'wide'],
  ['dark', 'wide'],
  ['light', 'narrow'],
  ['dark', 'narrow'],
];
/** Each scheme and each width once. */
const CROSSED: readonly Variant[] = [
  ['light', 'wide'],
  ['dark', 'narrow'],
];
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 800 } } as const;

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Judges what a visitor sees: axe, words that no program should show, a page wider than its window. */
export function createLook(page: Page): Look {
  const findings: string[] = [];

  async function see(name: string, [scheme, width]: Variant): Promise<void> {
    const where = `${name}, ${scheme} and ${width}`;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(SIZES[width]);
    await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor();
    // A colour that changes, or a navigation that slides, would be judged half-way.
    await page.evaluate(SETTLED);
    const { violations, words, overflow } = await page.evaluate<Seen>(SEE);
    for (const { id, nodes } of violations) findings.push(`${where}: ${id}: ${nodes.join(' | ')}`);
    for (const word of words) findings.push(`${where} says ${word}`);
    if (overflow > 0) findings.push(`${where} is wider than the window by ${overflow}`);
    if (PICTURES === undefined) return;
    const file = `${where.replaceAll(/(ep|msg|app)_\w+/g, '$1').replaceAll(/\W+/g, '-')}.png`;
    await page.screenshot({ path: `${PICTURES}/${file}`, fullPage: width === 'narrow' });
  }

  return {
    findings,
    async at(name, how) {
      // A page looks the same, whatever its installation stands on.
      if (process.env['TEST_SETUP'] !== undefined) return;
      if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(AXE);
      const variants =
        PICTURES !== undefined ? ALL : how === undefined ? CROSSED : CROSSED.slice(1);
      for (const variant of variants) await see(name, variant);
      // The next page is waited for as a wide window shows it.
      await page.setViewportSize(SIZES.wide);
    },
  };
}

interface Seen {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly string[] }[];
  readonly words: readonly string[];
  readonly overflow: number;
}

const SETTLED =
  'new Promise(requestAnimationFrame).then(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)))';

/** The head of a dialog is no banner, though it is a `header`. */
const SEE = `axe.run({
  rules: { 'landmark-no-duplicate-banner': { enabled: false }, 'landmark-unique': { enabled: false } },
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => ({
    violations: violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)) })),
    words: document.body.innerText.match(/\\bundefined\\b|\\bNaN\\b|\\[object \\w+\\]|Invalid Date/g) ?? [],
    overflow: document.documentElement.scrollWidth - innerWidth,
  }))`;
