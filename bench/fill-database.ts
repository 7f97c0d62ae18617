import type { Message } from '../src/domain/message.ts';
import { fill } from './fill.ts';
import { type Stage, registerApplication } from './stage.ts';

/** The contents of a database that is filled before its server starts. */
export interface FilledDatabase {
  readonly applicationId: string;
  readonly endpointId: string;
  readonly middle: Message;
}

const ENDPOINTS = 50;

/** Fills the database with messages, three days old, to 50 endpoints of one application. */
export async function fillDatabase(stage: Stage): Promise<FilledDatabase> {
  const empty = await stage.startServer();
  const ports = await stage.sink.ask('listen', { endpoints: 1 });
  const urls = Array.from({ length: ENDPOINTS }, (_, n) => `http://127.0.0.1:${ports[0]}/${n}`);
  const { id } = await registerApplication(
    empty,
    urls.map((url) => ({ url })),
  );
  const { data: endpoints } = await empty.call<{ data: { id: string }[] }>(
    'GET',
    `/app/${id}/endpoint?limit=${ENDPOINTS}`,
  );
  await empty.stop();
  const storage = stage.database?.storage();
  if (storage === undefined) throw new Error('the server has started, so there is a database');
  await storage.start();
  const middle = await fill(storage, {
    organizationId: empty.organizationId,
    applicationId: id,
    endpointIds: endpoints.map((endpoint) => endpoint.id),
    count: stage.settings.messages,
    from: Date.now() - 3 * 86_400_000,
  });
  await storage.stop();
  return { applicationId: id, endpointId: endpoints[0]?.id ?? '', middle };
}
