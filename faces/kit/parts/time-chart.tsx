import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shortTimes } from '../words/short-times.ts';
import { span } from '../words/times.ts';

/** The unit of the values: whole numbers, rates, or milliseconds. */
export type Unit = 'count' | 'per second' | 'ms';

export interface TimeChartProps {
  /** When each period begins, in milliseconds. */
  readonly at: readonly number[];
  /** A later one is drawn over an earlier one. */
  readonly series: readonly ChartSeries[];
  /** Describes the picture; the page must have the numbers as text, too. */
  readonly label: string;
  /** The unit of all values; default: counts. */
  readonly unit?: Unit;
  /** The index of the period that is marked; needs `onPoint`. */
  readonly pointed?: number | null;
  /** The pointer is over the period of this index, or over none. */
  readonly onPoint?: (index: number | null) => void;
}

export interface ChartSeries {
  readonly title: string;
  readonly values: readonly number[];
  readonly tone: 'good' | 'bad' | 'warn' | 'busy';
}

const HEIGHT = 200;
/** Counts have no fractions. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 13 }, (_, power) => step * 10 ** power))
  .toSorted((one, other) => one - other);

/** The smallest height of the scale, and its steps. */
const SCALES: Readonly<Record<Unit, { readonly least: number; readonly axis: uPlot.Axis }>> = {
  count: { least: 1, axis: { incrs: WHOLE_STEPS } },
  'per second': { least: 0.01, axis: {} },
  ms: { least: 10, axis: { incrs: WHOLE_STEPS, values: (_plot, ticks) => ticks.map(span) } },
};

/** Bars over time. The page must show the numbers as text, too. */
export function TimeChart({
  at,
  series,
  label,
  unit = 'count',
  pointed = null,
  onPoint,
}: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(null);
  const point = useRef(onPoint);
  const scheme = useComputedColorScheme('light');
  const looks = series.map(({ title, tone }) => `${tone} ${title}`).join('\n');
  const canPoint = onPoint !== undefined;
  useEffect(() => {
    point.current = onPoint;
  }, [onPoint]);
  // New numbers update the chart in place, which keeps the marked period.
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--mantine-color-dimmed'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: colour('--mantine-color-default-border'), width: 1 },
      ticks: { show: false },
    };
    const bars = uPlot.paths.bars?.({ size: [0.7, 24], align: 1 });
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: canPoint
          ? { y: false, drag: { x: false, y: false }, points: { show: false } }
          : { show: false },
        axes: [
          { ...axis, space: 80, values: (_plot, ticks) => shortTimes(ticks) },
          { ...axis, size: 48, ...SCALES[unit].axis },
        ],
        // The last bar begins at the last instant and extends beyond it.
        scales: {
          x: {
            range: ({ data: [begins] }, from, to) => [
              from,
              to + (to - from) / Math.max(1, begins.length - 1),
            ],
          },
          y: { range: (_plot, _low, high) => [0, Math.max(SCALES[unit].least, high * 1.1)] },
        },
        series: [
          {},
          ...looks.split('\n').map((look) => ({
            fill: colour(`--face-${look.split(' ')[0]}`),
            width: 0,
            points: { show: false },
            ...(bars && { paths: bars }),
          })),
        ],
        hooks: { setCursor: [(of) => point.current?.(pointedBar(of))] },
      },
      [[], ...looks.split('\n').map(() => [])],
      element,
    );
    drawn.current = plot;
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      drawn.current = null;
    };
  }, [looks, scheme, canPoint, unit]);
  useEffect(() => {
    drawn.current?.setData([at.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])]);
  }, [at, series, looks, scheme, canPoint, unit]);
  useEffect(() => {
    const plot = drawn.current;
    if (plot === null || !canPoint) return;
    plot.setCursor({ left: pointed === null ? -10 : middleOf(plot, pointed), top: 0 });
  }, [pointed, canPoint]);
  return <div ref={place} role="img" aria-label={label} className="chart" />;
}

function pointedBar(plot: uPlot): number | null {
  const { left = -1 } = plot.cursor;
  if (left < 0) return null;
  const at = plot.posToVal(left, 'x');
  const index = plot.data[0].findLastIndex((begin) => begin <= at);
  return index === -1 ? null : index;
}

function middleOf(plot: uPlot, index: number): number {
  const [begins] = plot.data;
  const begin = begins[index] ?? 0;
  const step = (begins[1] ?? 0) - (begins[0] ?? 0);
  return plot.valToPos(begin + step / 2, 'x');
}
