import type { View } from './api.ts';
import { LIMITS } from './use-view.ts';

interface PagerProps {
  readonly view: View;
  readonly total: number | null;
  readonly onChange: (change: Partial<View>) => void;
}

const number = new Intl.NumberFormat();

export function Pager({ view: { page, limit }, total, onChange }: PagerProps) {
  if (total === 0) return null;
  const first = (page - 1) * limit + 1;
  const last = Math.min(page * limit, total ?? 0);
  return (
    <nav className="pager" aria-label="Pages">
      <label>
        <span className="rows">Rows</span>
        <select
          aria-label="Rows"
          value={limit}
          onChange={(event) => onChange({ limit: Number(event.target.value) })}
        >
          {LIMITS.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <span className="range">
        {total === null
          ? '…'
          : `${number.format(first)}–${number.format(last)} of ${number.format(total)}`}
      </span>
      <button type="button" disabled={page === 1} onClick={() => onChange({ page: page - 1 })}>
        Previous
      </button>
      <button
        type="button"
        disabled={total === null || last >= total}
        onClick={() => onChange({ page: page + 1 })}
      >
        Next
      </button>
    </nav>
  );
}
