import { Figure } from '@posthaste/faces/kit/parts/figure.tsx';
import { whole } from '@posthaste/faces/kit/words/numbers.ts';
import { STATUSES } from './api.ts';
import type { Stats } from './api.ts';
import { SHOWN_STATUSES } from './statuses.ts';

/** How many calls are in each status, and at which extension. */
export function CountFigures({ stats }: { readonly stats: Stats | undefined }) {
  return (
    <div className="tiles">
      {STATUSES.map((status) => (
        <Figure
          key={status}
          title={SHOWN_STATUSES[status].title}
          note={
            stats?.extensions
              .map((one) => `${whole(one[status])}\u00a0at\u00a0${one.extension}`)
              .join(' · ') ?? '…'
          }
        >
          {stats && whole(stats.counts[status])}
        </Figure>
      ))}
    </div>
  );
}
