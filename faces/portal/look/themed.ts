import { type MantineColorSchemeManager, mergeThemeOverrides } from '@mantine/core';
import { type Look, OUR_LOOK } from '../../kit/mount.tsx';
import { accented } from '../../kit/theme/accented.ts';
import type { PortalLook } from './look.ts';

/** The kit's look, in the colours and fonts of the installation. */
export function themed({ color, font, scheme }: PortalLook): Look {
  const look = color === null ? OUR_LOOK : accented(color);
  return {
    ...look,
    theme: mergeThemeOverrides(look.theme, {
      ...(font !== null && { fontFamily: `${quoted(font)}, ${look.theme.fontFamily}` }),
    }),
    ...(scheme !== null && { schemes: keptForThisPage(scheme) }),
  };
}

/** The embedding page chooses the scheme: a choice that the browser stored is neither used nor changed. */
function keptForThisPage(scheme: 'light' | 'dark'): MantineColorSchemeManager {
  let value: 'light' | 'dark' | 'auto' = scheme;
  return {
    get: () => value,
    set: (chosen) => (value = chosen),
    subscribe: () => {},
    unsubscribe: () => {},
    clear: () => (value = scheme),
  };
}

function quoted(font: string): string {
  return font
    .split(',')
    .map((name) => name.trim())
    .map((name) => (/^(sans-serif|serif|monospace|system-ui)$/.test(name) ? name : `"${name}"`))
    .join(', ');
}
