import react from '@vitejs/plugin-react';
import type { PluginOption } from 'vite';
import { thirdPartyLicences } from '../../third-party-licences.ts';
import { type CompressedOptions, compressed } from './compressed.ts';

/** The plugins of every build of a face: React, the licences of the bundled packages, compressed copies. */
export function facePlugins(options: CompressedOptions = {}): PluginOption[] {
  return [react(), thirdPartyLicences(), compressed(options)];
}

/** Options of Vite's `build` that the content security policy of the pages requires. */
export const STRICT_BUILD = {
  // The policy allows no `data:`.
  assetsInlineLimit: 0,
  // In kB, not compressed: what the first page weighs is tested compressed.
  chunkSizeWarningLimit: 700,
  modulePreload: { polyfill: false },
} as const;

/** The server replaces this word in a page by the nonce of each answer. */
export const CSP_NONCE = 'CSP_NONCE';
