import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shortTimes } from '../words/short-times.ts';

export interface TimeChartProps {
  /** When each period begins, in milliseconds. */
  readonly at: readonly number[];
  readonly series: readonly ChartSeries[];
  /** What the picture shows; the numbers stand in a table beside it. */
  readonly label: string;
}

export interface ChartSeries {
  readonly title: string;
  readonly values: readonly number[];
  readonly tone: 'good' | 'bad' | 'busy';
}

const HEIGHT = 200;
/** What is counted has no halves. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 13 }, (_, power) => step * 10 ** power))
  .toSorted((one, other) => one - other);

/** Bars over time. A picture only: whoever shows one gives its numbers as text, too. */
export default function TimeChart({ at, series, label }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
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
        cursor: { show: false },
        axes: [
          { ...axis, space: 80, values: (_plot, ticks) => shortTimes(ticks) },
          { ...axis, size: 48, incrs: WHOLE_STEPS },
        ],
        // The last bar stands behind the instant at which it begins.
        scales: {
          x: { range: (_plot, from, to) => [from, to + (to - from) / Math.max(1, at.length - 1)] },
          y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
        },
        series: [
          {},
          ...series.map(({ tone, title }) => ({
            label: title,
            fill: colour(`--face-${tone}`),
            width: 0,
            points: { show: false },
            ...(bars && { paths: bars }),
          })),
        ],
      },
      [at.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [at, series, scheme]);
  return <div ref={place} role="img" aria-label={label} className="chart" />;
}
