import { mergeThemeOverrides } from '@mantine/core';
import type { Look } from '../mount.tsx';
import { accentShades } from './accent.ts';
import { cssVariables, theme } from './theme.ts';

/** Our look with an accent that somebody chose, such as `#0f766e`. */
export function accented(color: string): Look {
  const accent = accentShades(color);
  return {
    theme: mergeThemeOverrides(theme, { colors: { accent }, primaryColor: 'accent' }),
    cssVariables: (of) => {
      const variables = cssVariables(of);
      return {
        ...variables,
        light: { ...variables.light, '--mantine-color-anchor': accent[6] },
        dark: { ...variables.dark, '--mantine-color-anchor': accent[4] },
      };
    },
  };
}
