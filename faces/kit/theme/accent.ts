import type { MantineColorsTuple } from '@mantine/core';

type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** The lightest surface of the dark scheme that text stands on. */
const DARK: Rgb = [42, 46, 57];
/** WCAG AA for text, with a margin for rounding. */
const READABLE = 4.6;

/**
 * Ten shades of any colour. Shades from 6 on are readable on white, and white on them; shades up to 4 are readable on
 * dark.
 */
export function accentShades(color: string): MantineColorsTuple {
  const chosen = rgbOf(color);
  const onWhite = until(chosen, BLACK, (shade) => contrast(shade, WHITE) >= READABLE);
  const onDark = until(chosen, WHITE, (shade) => contrast(shade, DARK) >= READABLE);
  return [
    mixed(onDark, WHITE, 0.85),
    mixed(onDark, WHITE, 0.65),
    mixed(onDark, WHITE, 0.4),
    mixed(onDark, WHITE, 0.15),
    onDark,
    onWhite,
    onWhite,
    mixed(onWhite, BLACK, 0.15),
    mixed(onWhite, BLACK, 0.3),
    mixed(onWhite, BLACK, 0.45),
  ].map(hexOf) as unknown as MantineColorsTuple;
}

/** The contrast ratio of WCAG, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  return contrast(rgbOf(one), rgbOf(other));
}

function until(color: Rgb, towards: Rgb, isEnough: (shade: Rgb) => boolean): Rgb {
  for (let part = 0; part < 1; part += 0.04) {
    const shade = mixed(color, towards, part);
    if (isEnough(shade)) return shade;
  }
  return towards;
}

function mixed(color: Rgb, other: Rgb, part: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(color[i] * (1 - part) + other[i] * part);
  return [at(0), at(1), at(2)];
}

function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance(color: Rgb): number {
  const linear = (channel: number) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
}

function rgbOf(hex: string): Rgb {
  const at = (i: number) => Number.parseInt(hex.slice(i, i + 2), 16);
  return [at(1), at(3), at(5)];
}

function hexOf(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
