import { findPackageJSON } from 'node:module';
import { readIfThere } from '../read-if-there.ts';

export type AssetName = 'swagger-ui.css' | 'swagger-ui-bundle.js';

/**
 * A file of Swagger UI; null when this installation has none. The build puts compressed copies beside the
 * bundle of the command (`rolldown.config.ts`); the sources read the package, which is a development
 * dependency.
 */
export async function readAsset(name: AssetName): Promise<Asset | null> {
  for (const folder of BUILT) {
    const bytes = await readIfThere(new URL(`${name}.gz`, new URL(folder, import.meta.url)));
    if (bytes !== null) return { bytes, gzip: true };
  }
  const packageFile = packageOfSwaggerUi();
  if (packageFile === undefined) return null;
  const bytes = await readIfThere(packageFile.replace(/package\.json$/, name));
  return bytes === null ? null : { bytes, gzip: false };
}

export interface Asset {
  readonly bytes: Buffer;
  /** Whether the content is compressed with gzip. */
  readonly gzip: boolean;
}

/** The folder relative to the bundle of the command, and to the library. */
const BUILT = ['./reference/', '../../command/reference/'];

function packageOfSwaggerUi(): string | undefined {
  try {
    return findPackageJSON('swagger-ui-dist', import.meta.url);
  } catch {
    return undefined;
  }
}
