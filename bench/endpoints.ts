import { figure } from './figure.ts';
import { inParallel } from './in-parallel.ts';
import type { Result } from './report.ts';
import type { Server } from './server.ts';
import { registerApplication, Stage, type Settings } from './stage.ts';

const endpointsPerApplication = 5;
const few = 10;
const many = 2_000;
/** Five events for each of 10,000 endpoints. */
const measuredEvents = 10_000;
const warmUpEvents = 4_000;

/**
 * Measures how the cost of a delivery grows with the number of endpoints. The same load goes to 10 applications in turn,
 * then to 2,000, then to the 10 again, with default settings.
 */
export async function measureEndpoints(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const ports = await stage.sink.ask('listen', { endpoints: many });
  const server = await stage.startServer({});
  const applications = await registerApplications(server, ports);
  const faults: string[] = [];

  const measure = async (count: number, events: number) => {
    const ids = applications.slice(0, count);
    await stage.sink.ask('reset');
    const cpuBefore = await server.cpuMicros();
    const load = await stage.publish(
      server,
      ids,
      { until: { events }, maxOutstanding: 100 },
      endpointsPerApplication,
    );
    const expected = load.accepted * endpointsPerApplication;
    await stage.arrived(expected);
    const arrived = await stage.sink.ask('count');
    await server.settled();
    const cpuMicros = (await server.cpuMicros()) - cpuBefore;
    if (load.failure !== null) faults.push(`publishing failed: ${load.failure}`);
    if (arrived < expected) faults.push(`${expected - arrived} of ${expected} did not arrive`);
    const opened = await stage.sink.ask('opened');
    return {
      perDelivery: cpuMicros / arrived,
      perSecond: arrived / load.seconds,
      openedPerDelivery: opened / arrived,
    };
  };

  const events = settings.events ?? measuredEvents;
  await measure(few, 2 * warmUpEvents);
  const before = await measure(few, events);
  const fewRss = await server.memory();
  // The first messages to every endpoint open connections and read endpoints, which is not measured.
  await measure(many, warmUpEvents);
  const wide = await measure(many, events);
  const { rssBytes, peakRssBytes } = await server.memory();
  const after = await measure(few, events);
  await server.stop();
  await stage.close();

  const baseline = (before.perDelivery + after.perDelivery) / 2;
  return {
    scenario: 'endpoints-10000',
    faults,
    figures: [
      figure('CPU per delivery, 50 endpoints, before', before.perDelivery, 'µs'),
      figure('CPU per delivery, 50 endpoints, after', after.perDelivery, 'µs'),
      { ...figure('CPU per delivery, 10,000 endpoints', wide.perDelivery, 'µs'), better: 'less' },
      figure('10,000 ÷ 50 endpoints', wide.perDelivery / baseline, '×', { atMost: 1.5 }),
      figure('connections opened per delivery, 10,000 endpoints', wide.openedPerDelivery, ''),
      figure('deliveries, 50 endpoints', before.perSecond, '/s'),
      figure('deliveries, 10,000 endpoints', wide.perSecond, '/s'),
      figure('peak RSS', peakRssBytes / 1e6, 'MB', { atMost: 300 }),
      figure('RSS after 50 endpoints', fewRss.rssBytes / 1e6, 'MB'),
      figure('RSS after 10,000 endpoints', rssBytes / 1e6, 'MB'),
    ],
  };
}

/** Registers applications, each a customer with one host and five URLs on it. */
function registerApplications(server: Server, ports: readonly number[]): Promise<string[]> {
  return inParallel(ports, async (port) => {
    const endpoints = Array.from({ length: endpointsPerApplication }, (_, index) => ({
      url: `http://127.0.0.1:${port}/hook/${index}`,
    }));
    return (await registerApplication(server, endpoints)).id;
  });
}
