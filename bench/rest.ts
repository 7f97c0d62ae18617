import { setTimeout as pause } from 'node:timers/promises';
import type { Result } from './report.ts';
import { createApplication, Stage, verify, type Settings } from './stage.ts';
import { figure } from './figure.ts';

/** Measures a server that has worked a little and is now idle. */
export async function measureIdle(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const server = await stage.startServer();
  const application = await createApplication(
    server,
    await stage.sink.ask('listen', { endpoints: 1 }),
  );
  const load = await stage.publish(server, application.id, { until: { events: 500 } });
  await stage.arrived(load.accepted);
  const faults = await verify(stage, server, application, load);
  await server.settled();

  const seconds = 60;
  const cpuBefore = await server.cpuMicros();
  await pause(seconds * 1000);
  const cpuMicros = (await server.cpuMicros()) - cpuBefore;
  const { rssBytes, peakRssBytes } = await server.memory();
  await server.stop();
  await stage.close();
  return {
    scenario: 'idle',
    faults,
    figures: [
      figure('CPU', (cpuMicros / (seconds * 1e6)) * 100, '%', { atMost: 0.5 }),
      figure('RSS', rssBytes / 1e6, 'MB', { atMost: 120 }),
      figure('peak RSS', peakRssBytes / 1e6, 'MB'),
    ],
  };
}

/** Measures the start of a server with many undelivered messages in its database. */
export async function measureStart(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const faults: string[] = [];
  const empty = await stage.startServer();
  const application = await createApplication(
    empty,
    await stage.sink.ask('listen', { endpoints: 1 }),
  );
  await stage.sink.ask('down');
  const filled = await stage.publish(empty, application.id, {
    until: { events: settings.messages },
  });
  if (filled.failure !== null) faults.push(`publishing failed: ${filled.failure}`);
  await empty.stop('SIGKILL');

  const afterKill = await stage.startServer();
  await afterKill.stop();
  const afterStop = await stage.startServer();
  await afterStop.stop();
  await stage.close();
  return {
    scenario: 'start',
    faults,
    figures: [
      figure('messages', filled.accepted, ''),
      figure('ready with an empty database', empty.readyMs / 1000, 's'),
      figure('ready after kill -9', afterKill.readyMs / 1000, 's', { atMost: 2 }),
      figure('ready after a clean stop', afterStop.readyMs / 1000, 's', { atMost: 2 }),
    ],
  };
}
