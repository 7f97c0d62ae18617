import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from '../read-if-there.ts';
import { createUnzip } from '../unzip.ts';

export type Face = 'console' | 'portal';

/** The files that `npm run build` made from `faces/`. Little is kept in memory, because browsers cache assets. */
export interface BuiltFaces {
  /** The page of a face without its nonce; null when the face is not built. */
  page(face: Face): Promise<string | null>;
  /**
   * A file whose name contains a hash of its content, in the best encoding that the client accepts. Only
   * compressed copies are stored (`faces/build/compressed.ts`).
   */
  asset(name: string, acceptedEncodings: string): Promise<BuiltAsset | null>;
}

export interface BuiltAsset {
  readonly bytes: Buffer;
  /** Null: not encoded. */
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

/** A single file name that can't lead out of the folder. */
const ASSET_NAME = /^[\w-]+(\.[\w-]+)+$/;

/** The folder relative to the bundle of the command, to the library, and to the sources. */
const FOLDERS = ['../faces/', '../../faces/', '../../../dist/faces/']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .filter((path) => /[\\/]dist[\\/]faces[\\/]$/.test(path));
