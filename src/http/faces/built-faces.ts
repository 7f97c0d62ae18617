import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from '../read-if-there.ts';
import { createUnzip } from '../unzip.ts';

export type Face = 'console' | 'portal';

/** What `npm run build` made of `faces/`. Browsers keep assets for ever: little is kept in memory. */
export interface BuiltFaces {
  /** The page of a face, before its nonce is put in; null: it is not built. */
  page(face: Face): Promise<string | null>;
  /**
   * A file whose name carries a hash of its content, in the best encoding that the reader accepts:
   * stored are compressed copies only (`faces/build/compressed.ts`).
   */
  asset(name: string, acceptedEncodings: string): Promise<BuiltAsset | null>;
}

export interface BuiltAsset {
  readonly bytes: Buffer;
  /** Null: as it is. */
  readonly encoding: 'br' | 'gzip' | null;
}

export function openBuiltFaces(folder = FOLDERS.find((place) => existsSync(place))): BuiltFaces {
  const unzip = createUnzip();

  async function read(path: string): Promise<Buffer | null> {
    return folder === undefined ? null : readIfThere(join(folder, path));
  }

  return {
    async page(face) {
      const bytes = await read(join(face, 'index.html'));
      return bytes === null ? null : bytes.toString();
    },
    async asset(name, acceptedEncodings) {
      if (!ASSET_NAME.test(name)) return null;
      if (/\bbr\b/.test(acceptedEncodings)) {
        const bytes = await read(join('assets', `${name}.br`));
        if (bytes !== null) return { bytes, encoding: 'br' };
      }
      const bytes = await read(join('assets', `${name}.gz`));
      if (bytes === null) return null;
      return /\bgzip\b/.test(acceptedEncodings)
        ? { bytes, encoding: 'gzip' }
        : { bytes: await unzip(name, bytes), encoding: null };
    },
  };
}

/** One name, and nothing that leads out of the folder. */
const ASSET_NAME = /^[\w-]+(\.[\w-]+)+$/;

/** Seen from the bundle of the command, from the library, and from the sources. */
const FOLDERS = ['../faces/', '../../faces/', '../../../dist/faces/']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .filter((path) => /[\\/]dist[\\/]faces[\\/]$/.test(path));
