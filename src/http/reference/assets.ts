import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { gunzipSync } from 'node:zlib';

export type AssetName = 'swagger-ui.css' | 'swagger-ui-bundle.js';

/**
 * A file of Swagger UI, as it is or compressed by gzip; null when this installation has none. The build
 * puts compressed copies beside the bundle of the command (`rolldown.config.ts`); the sources read the
 * package, which is a development dependency.
 */
export function readAsset(name: AssetName, acceptsGzip: boolean): Asset | null {
  for (const folder of BUILT) {
    const built = new URL(`${name}.gz`, new URL(folder, import.meta.url));
    if (!existsSync(built)) continue;
    const bytes = readFileSync(built);
    return acceptsGzip ? { bytes, gzip: true } : { bytes: gunzipSync(bytes), gzip: false };
  }
  const packageFile = packageOfSwaggerUi();
  if (packageFile === undefined) return null;
  return { bytes: readFileSync(packageFile.replace(/package\.json$/, name)), gzip: false };
}

export interface Asset {
  readonly bytes: Buffer;
  readonly gzip: boolean;
}

/** Seen from the bundle of the command, and from the library. */
const BUILT = ['./reference/', '../../command/reference/'];

function packageOfSwaggerUi(): string | undefined {
  try {
    return findPackageJSON('swagger-ui-dist', import.meta.url);
  } catch {
    return undefined;
  }
}
