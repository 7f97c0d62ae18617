import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

export interface CompressedOptions {
  /** Keeps the uncompressed asset beside its copies, for a server that can't decompress. */
  readonly keepsPlain?: true;
}

/**
 * Replaces each asset by two compressed copies, `.br` and `.gz`, which the server sends as they are. Pages are not
 * compressed, because the server puts a nonce into each answer.
 */
export function compressed({ keepsPlain }: CompressedOptions = {}): Plugin {
  let outDir = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const file of readdirSync(join(outDir, 'assets'))) {
        if (/\.(br|gz)$/.test(file)) continue;
        const path = join(outDir, 'assets', file);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: BROTLI }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        if (!keepsPlain) rmSync(path);
      }
    },
  };
}

const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
