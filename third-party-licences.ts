import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

/** A bundle holds other projects' code, whose licences ask to be passed on with it. */
export function thirdPartyLicences(): Plugin {
  return {
    name: 'third-party-licences',
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()].map(packageFolder).filter((f) => f !== null),
      );
      const texts = [...folders].toSorted().map((folder) => {
        const { name, version, license } = JSON.parse(
          readFileSync(join(folder, 'package.json'), 'utf8'),
        );
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
        return `${name} ${version} (${license})\n\n${text}\n`;
      });
      const source = texts.join(`\n${'-'.repeat(72)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENCES.txt', source });
    },
  };
}

function packageFolder(moduleId: string): string | null {
  if (!moduleId.includes('/node_modules/') || !moduleId.startsWith('/')) return null;
  let folder = dirname(moduleId);
  // Some packages have nameless package.json files in their inner folders.
  while (!isPackage(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isPackage(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name !== undefined;
}
