import { expect, test } from 'vitest';
import { accentShades, contrastOf } from './accent.ts';

test.each(['#3450cf', '#ffe600', '#ffffff', '#000000', '#28bb93', '#ff5a1f', '#7f7f7f'])(
  'the shades of %s can be read, in light and in dark',
  (color) => {
    const shades = accentShades(color);
    expect(shades).toHaveLength(10);
    for (const shade of shades.slice(0, 5)) {
      expect(contrastOf(shade, '#2a2e39')).toBeGreaterThanOrEqual(4.5);
    }
    for (const shade of shades.slice(5)) {
      expect(contrastOf(shade, '#ffffff')).toBeGreaterThanOrEqual(4.5);
    }
  },
);

test('a colour that can be read stays as it is', () => {
  expect(accentShades('#3450cf')[6]).toBe('#3450cf');
});
