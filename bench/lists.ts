import type { Message } from '../src/domain/message.ts';
import { type Figure, figure, median } from './figure.ts';
import { fillDatabase } from './fill-database.ts';
import type { Result } from './report.ts';
import type { Server } from './server.ts';
import { Stage, type Settings } from './stage.ts';

/** Measures first and later pages of each list and filter of the API, on a database with many messages. */
export async function measureLists(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const { applicationId, endpointId, middle } = await fillDatabase(stage);

  const server = await stage.startServer();
  const faults: string[] = [];
  const figures: Figure[] = [figure('messages', settings.messages, '')];
  for (const [name, path] of pathsOf(applicationId, endpointId, middle)) {
    const { tookMs, status } = await timesOf(server, path);
    if (status !== 200) faults.push(`${name}: ${status}`);
    figures.push(figure(`${name}, median`, median(tookMs), 'ms', { atMost: 50 }));
    figures.push(figure(`${name}, worst`, Math.max(...tookMs), 'ms'));
  }
  await server.stop();
  await stage.close();
  return { scenario: 'lists', figures, faults };
}

const TIMES = 11;

function pathsOf(app: string, endpoint: string, middle: Message): [name: string, path: string][] {
  const before = new Date(middle.createdAt).toISOString();
  const messages = `/app/${app}/msg`;
  const attempts = `/app/${app}/attempt`;
  return [
    ['messages', messages],
    ['messages from the middle', `${messages}?iterator=${middle.id}`],
    ['messages before an instant', `${messages}?before=${before}`],
    ['messages of a rare type', `${messages}?event_types=rare`],
    ['messages of no type', `${messages}?event_types=none`],
    ['messages with a tag', `${messages}?tag=tag-7`],
    ['messages with no tag of this name', `${messages}?tag=none`],
    ['messages on a channel', `${messages}?channel=channel-7`],
    ['messages on no channel of this name', `${messages}?channel=none`],
    ['attempts of an endpoint', `${attempts}/endpoint/${endpoint}`],
    ['failed attempts of an endpoint', `${attempts}/endpoint/${endpoint}?status=2`],
    ['attempts of an endpoint by class', `${attempts}/endpoint/${endpoint}?status_code_class=400`],
    ['attempts of an endpoint by type', `${attempts}/endpoint/${endpoint}?event_types=rare`],
    ['attempts of an endpoint by tag', `${attempts}/endpoint/${endpoint}?tag=none`],
    ['attempts of a message', `${attempts}/msg/${middle.id}`],
    ['messages of an endpoint', `/app/${app}/endpoint/${endpoint}/msg`],
    ['messages of an endpoint that wait', `/app/${app}/endpoint/${endpoint}/msg?status=1`],
    ['messages of an endpoint that failed', `/app/${app}/endpoint/${endpoint}/msg?status=2`],
    ['undelivered of the application', `/app/${app}/undelivered`],
    ['undelivered', '/undelivered'],
    ['counts of undelivered', '/undelivered/count'],
    ['statistics of the organization', '/stats/attempt'],
    ['statistics of the application', `/stats/app/${app}/attempt`],
    ['statistics of an endpoint', `/app/${app}/endpoint/${endpoint}/stats`],
    ['endpoints in trouble', '/status/endpoint'],
    ['audit', '/audit'],
  ];
}

async function timesOf(
  server: Server,
  path: string,
): Promise<{ tookMs: number[]; status: number }> {
  const tookMs: number[] = [];
  let status = 0;
  for (let n = 0; n < TIMES; n++) {
    const startedAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1${path}`, {
      headers: { authorization: `Bearer ${server.token}` },
      signal: AbortSignal.timeout(60_000),
    });
    await response.arrayBuffer();
    tookMs.push(performance.now() - startedAt);
    status = response.status;
  }
  return { tookMs, status };
}
