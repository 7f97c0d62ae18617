export interface SparklineProps {
  readonly good: readonly number[];
  readonly bad: readonly number[];
  /** The text for screen readers. */
  readonly label: string;
}

const WIDTH = 120;
const HEIGHT = 22;

/** Bars of successes, with the failures on top. */
export function Sparkline({ good, bad, label }: SparklineProps) {
  const highest = Math.max(1, ...good.map((count, i) => count + (bad[i] ?? 0)));
  const step = WIDTH / Math.max(1, good.length);
  const height = (count: number) => (count === 0 ? 0 : Math.max(1, (count / highest) * HEIGHT));
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      {good.map((count, i) => {
        const failed = bad[i] ?? 0;
        const x = i * step;
        return (
          <g key={x}>
            <rect
              x={x}
              y={HEIGHT - height(count)}
              width={step - 1}
              height={height(count)}
              fill="var(--face-good)"
            />
            <rect
              x={x}
              y={HEIGHT - height(count) - height(failed)}
              width={step - 1}
              height={height(failed)}
              fill="var(--face-bad)"
            />
          </g>
        );
      })}
    </svg>
  );
}
