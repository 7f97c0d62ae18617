import { useEffect } from 'react';
import { Announcer } from './announcer.tsx';
import { CallTable } from './call-table.tsx';
import { Connection } from './connection.tsx';
import { CountTiles } from './count-tiles.tsx';
import { Filters } from './filters.tsx';
import { MinuteChart } from './minute-chart.tsx';
import { Pager } from './pager.tsx';
import { Failing, NoCalls, NoMatch } from './states.tsx';
import { useCalls } from './use-calls.ts';
import { EVERYTHING, useView } from './use-view.ts';

export function App() {
  const [view, changeView] = useView();
  const { page, pending, connection, retryNow } = useCalls(view);
  const filtered = view.status !== '' || view.number !== '' || view.extension !== '';
  const lastPage = page === null ? 1 : Math.max(1, Math.ceil(page.total / view.limit));

  useEffect(() => {
    if (page !== null && !pending && view.page > lastPage) changeView({ page: lastPage });
  }, [page, pending, view.page, lastPage, changeView]);

  return (
    <>
      <a className="skip" href="#calls">
        Skip to the calls
      </a>
      <header className="top">
        <h1>Call center</h1>
        <Connection state={connection} loadedAt={page?.loadedAt ?? null} />
      </header>
      <main>
        {page === null && connection === 'lost' ? (
          <Failing onRetry={retryNow} />
        ) : (
          <>
            <div className="overview">
              <CountTiles stats={page?.stats ?? null} />
              <MinuteChart minutes={page?.stats.minutes ?? null} />
            </div>
            <section id="calls" className="card" aria-labelledby="calls-title" tabIndex={-1}>
              <div className="card-head">
                <h2 id="calls-title">Calls</h2>
                <Filters view={view} onChange={changeView} />
              </div>
              <CallTable page={page} pending={pending} />
              {page?.total === 0 && filtered && <NoMatch onClear={() => changeView(EVERYTHING)} />}
              {page?.total === 0 && !filtered && <NoCalls />}
              <Pager view={view} total={page?.total ?? null} onChange={changeView} />
            </section>
          </>
        )}
      </main>
      <Announcer counts={page?.stats.counts ?? null} />
    </>
  );
}
