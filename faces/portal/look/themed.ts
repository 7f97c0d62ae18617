import { type MantineColorSchemeManager, mergeThemeOverrides } from '@mantine/core';
import type { Look } from '../../kit/face.tsx';
import { accentShades } from '../../kit/theme/accent.ts';
import { cssVariables, theme } from '../../kit/theme/theme.ts';
import type { PortalLook } from './look.ts';

/** The kit's look, in the colours and fonts of the installation. */
export function themed({ color, font, scheme }: PortalLook): Look {
  const accent = color === null ? null : accentShades(color);
  return {
    theme: mergeThemeOverrides(theme, {
      ...(accent && { colors: { accent }, primaryColor: 'accent' }),
      ...(font !== null && { fontFamily: `${quoted(font)}, ${theme.fontFamily}` }),
    }),
    cssVariables: (of) => {
      const variables = cssVariables(of);
      if (accent === null) return variables;
      return {
        ...variables,
        light: { ...variables.light, '--mantine-color-anchor': accent[6] },
        dark: { ...variables.dark, '--mantine-color-anchor': accent[4] },
      };
    },
    ...(scheme !== null && { schemes: keptForThisPage(scheme) }),
  };
}

/** The page around says which: what was chosen elsewhere does not count, and is not changed. */
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
