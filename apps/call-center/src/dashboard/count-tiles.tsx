import { STATUSES } from './api.ts';
import type { Stats } from './api.ts';

const LABELS = { waiting: 'Waiting', active: 'Active', completed: 'Completed' };
const number = new Intl.NumberFormat();

export function CountTiles({ stats }: { readonly stats: Stats | null }) {
  return (
    <dl className="tiles">
      {STATUSES.map((status) => (
        <div key={status} className={`card tile ${status}`}>
          <dt>
            <span className="dot" aria-hidden="true" />
            {LABELS[status]}
          </dt>
          <dd className="count" data-testid={`count-${status}`}>
            {stats === null ? '–' : number.format(stats.counts[status])}
          </dd>
          <dd className="split">
            {stats?.extensions.map((one) => (
              <span key={one.extension}>
                <span className="muted">{one.extension}</span> {number.format(one[status])}
              </span>
            )) ?? ' '}
          </dd>
        </div>
      ))}
    </dl>
  );
}
