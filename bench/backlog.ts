import { setTimeout as pause } from 'node:timers/promises';
import { timelineStepMs, type LoadResult } from './load.ts';
import type { Result } from './report.ts';
import { createApplication, Stage, verify, type ArrivalCount, type Settings } from './stage.ts';
import { figure } from './figure.ts';

/**
 * Measures one server in three phases: it publishes and fans out without a backlog, then a backlog grows behind an
 * endpoint that is down, then the endpoint comes back.
 */
export async function measureBacklog(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const ports = await stage.sink.ask('listen', { endpoints: fanOut });
  const server = await stage.startServer();
  const single = await createApplication(server, ports.slice(0, 1));
  const wide = await createApplication(server, ports);
  const faults: string[] = [];

  const warmUp = await stage.publish(server, single.id, { until: { seconds: 3 } });
  await stage.arrived(warmUp.accepted);
  await server.settled();

  await stage.sink.ask('reset');
  const empty = await stage.publish(server, single.id, { until: { seconds: settings.seconds } });
  await stage.arrived(empty.accepted);
  faults.push(...(await verify(stage, server, single, empty)));
  await server.settled();

  await stage.sink.ask('reset');
  const fanned = await stage.publish(
    server,
    wide.id,
    { until: { seconds: settings.seconds }, maxOutstanding: 100 },
    fanOut,
  );
  const fannedSeen = await stage.arrived(fanned.accepted * fanOut);
  const fanOutRate = fannedSeen.at(-1)?.count ?? 0;
  const fanOutPerSecond = fanOutRate / Math.max(fanned.seconds, spanSeconds(fannedSeen));
  faults.push(...(await verify(stage, server, wide, fanned)));
  await server.settled();

  await stage.sink.ask('reset');
  await stage.sink.ask('down');
  const filled = await stage.publish(server, single.id, { until: { events: settings.messages } });
  await pause(2000);
  const rssFull = (await server.memory()).rssBytes;

  await stage.sink.ask('up');
  const upAt = performance.now();
  const seen = await stage.arrived(filled.accepted, 60_000);
  faults.push(...(await verify(stage, server, single, filled)));
  const duplicates = (await stage.sink.ask('count')) - filled.accepted;
  const { peakRssBytes } = await server.memory();
  await server.stop();
  await stage.close();

  const emptyRate = empty.accepted / empty.seconds;
  const tenths = ratesByTenth(filled);
  const firstTenth = tenths[0] ?? Number.NaN;
  const drainRate = steadyRate(seen, filled.accepted);
  return {
    scenario: 'backlog',
    faults,
    figures: [
      figure('messages', filled.accepted, ''),
      figure('peak RSS', peakRssBytes / 1e6, 'MB', { atMost: 300 }),
      figure('RSS with the whole backlog', rssFull / 1e6, 'MB'),
      figure('publish, nothing waiting, endpoint up', emptyRate, '/s'),
      figure('publish, all of the backlog', filled.accepted / filled.seconds, '/s'),
      figure('publish, first tenth', firstTenth, '/s'),
      figure('publish, last tenth', tenths.at(-1) ?? Number.NaN, '/s'),
      figure('publish, slowest tenth', Math.min(...tenths), '/s'),
      figure('publish, all ÷ nothing waiting', filled.accepted / filled.seconds / emptyRate, '×', {
        atLeast: 0.8,
      }),
      figure('publish, last ÷ first tenth', (tenths.at(-1) ?? Number.NaN) / firstTenth, '×', {
        atLeast: 0.8,
      }),
      figure('fan-out', fanOutPerSecond, '/s'),
      figure('drain, from 1 % to 99 %', drainRate, '/s'),
      figure('drain ÷ fan-out', drainRate / fanOutPerSecond, '×', { atLeast: 0.7 }),
      figure('endpoint up to first arrival', ((seen[1]?.at ?? Number.NaN) - upAt) / 1000, 's'),
      figure('endpoint up to last arrival', ((seen.at(-1)?.at ?? upAt) - upAt) / 1000, 's'),
      figure('duplicates', duplicates, ''),
    ],
  };
}

const fanOut = 50;

function spanSeconds(seen: readonly ArrivalCount[]): number {
  return ((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)) / 1000;
}

/** The publishing rate in each tenth of the time. */
function ratesByTenth({ timeline }: LoadResult): number[] {
  const steps = Math.floor(timeline.length / 10);
  return Array.from({ length: 10 }, (_, tenth) => {
    const from = tenth === 0 ? 0 : (timeline[tenth * steps - 1] ?? 0);
    const to = timeline[(tenth + 1) * steps - 1] ?? 0;
    return (to - from) / ((steps * timelineStepMs) / 1000);
  });
}

/** The delivery rate, without the probe at the beginning and the few retries at the end. */
function steadyRate(seen: readonly ArrivalCount[], total: number): number {
  const from = seen.find(({ count }) => count >= total * 0.01);
  const to = seen.find(({ count }) => count >= total * 0.99);
  if (from === undefined || to === undefined || to === from) return Number.NaN;
  return (to.count - from.count) / ((to.at - from.at) / 1000);
}
