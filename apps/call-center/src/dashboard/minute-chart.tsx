import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { STATUSES } from './api.ts';
import type { Counts, Stats } from './api.ts';
import { minuteOf } from './times.ts';

const LABEL_EVERY = 5;

/** The calls that came in each of the last minutes, by the status they have now. */
export function MinuteChart({ minutes }: { readonly minutes: Stats['minutes'] | null }) {
  const [pointed, setPointed] = useState<string | null>(null);
  const shown = minutes ?? [];
  const top = niceTop(Math.max(0, ...shown.map(sum)));
  const index = shown.findIndex((one) => one.minute === pointed);

  function move(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
    const from = index === -1 ? shown.length - (step === 1 ? 1 : 0) : index;
    setPointed(shown[Math.min(Math.max(from + step, 0), shown.length - 1)]?.minute ?? null);
  }

  return (
    <section className="card chart" aria-labelledby="chart-title">
      <div className="card-head">
        <h2 id="chart-title">Calls per minute</h2>
        <p className="readout" aria-live="polite">
          {readout(shown[index] ?? null)}
        </p>
      </div>
      <div
        className="plot"
        role="group"
        tabIndex={0}
        aria-label={`${summary(shown)} Use the left and right arrows to read each minute.`}
        onKeyDown={move}
        onBlur={() => setPointed(null)}
        onPointerLeave={() => setPointed(null)}
      >
        <div className="scale" aria-hidden="true">
          <span>{top}</span>
          <span>{top / 2}</span>
          <span>0</span>
        </div>
        <div className="bars" aria-hidden="true">
          {shown.map((one) => (
            <div
              key={one.minute}
              className={one.minute === pointed ? 'bar pointed' : 'bar'}
              onPointerEnter={() => setPointed(one.minute)}
            >
              {STATUSES.map((status) => (
                <span
                  key={status}
                  className={status}
                  style={{ height: `${(one[status] / top) * 100}%` }}
                />
              ))}
            </div>
          ))}
        </div>
        <div className="minutes" aria-hidden="true">
          {shown.map(({ minute }) => (
            <span key={minute}>
              {new Date(minute).getMinutes() % LABEL_EVERY === 0 && minuteOf(minute)}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}

function readout(minute: ({ readonly minute: string } & Counts) | null) {
  return (
    <>
      {minute !== null && <strong>{minuteOf(minute.minute)}</strong>}
      {STATUSES.map((status) => (
        <span key={status} className={status}>
          <span className="dot" aria-hidden="true" />
          {minute !== null && <b>{minute[status]} </b>}
          {status}
        </span>
      ))}
    </>
  );
}

function summary(minutes: Stats['minutes']): string {
  const busiest = minutes.reduce<Stats['minutes'][number] | null>(
    (most, one) => (most === null || sum(one) > sum(most) ? one : most),
    null,
  );
  const total = minutes.reduce((all, one) => all + sum(one), 0);
  if (busiest === null || total === 0) return `No calls in the last ${minutes.length} minutes.`;
  const most = `most at ${minuteOf(busiest.minute)}: ${sum(busiest)}`;
  return `${total} calls in the last ${minutes.length} minutes, ${most}.`;
}

function sum(counts: Counts): number {
  return counts.waiting + counts.active + counts.completed;
}

/** An even round number that the highest bar fits under. */
function niceTop(highest: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  const step = [1, 2, 4, 6, 8, 10].find((one) => one * magnitude >= highest) ?? 10;
  return Math.max(4, step * magnitude);
}
