import react from '@vitejs/plugin-react';
import type { PluginOption } from 'vite';
import { thirdPartyLicences } from '../../third-party-licences.ts';
import { type CompressedOptions, compressed } from './compressed.ts';

/** What every build of a face does: React, the licences of what is in the bundle, compressed copies. */
export function facePlugins(options: CompressedOptions = {}): PluginOption[] {
  return [react(), thirdPartyLicences(), compressed(options)];
}

/** Of Vite's `build`: what the policy of the pages asks for. */
export const STRICT_BUILD = {
  // The policy allows no `data:`.
  assetsInlineLimit: 0,
  // In kB, not compressed: what the first page weighs is tested compressed.
  chunkSizeWarningLimit: 700,
  modulePreload: { polyfill: false },
} as const;

/** In a page: the server puts a nonce of each answer in the place of this word. */
export const CSP_NONCE = 'CSP_NONCE';
