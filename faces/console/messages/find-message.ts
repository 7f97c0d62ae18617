import { ApiError } from '../../kit/api/api-error.ts';
import type { Api } from '../../kit/api/api.ts';

export interface FoundMessage {
  readonly app: string;
  readonly message: string;
}

/** Finds a message by its id or event id. Without an application it asks all applications, page by page. */
export async function findMessage(
  api: Api,
  name: string,
  app: string | null,
): Promise<FoundMessage> {
  if (app !== null) {
    const { id } = await api.messages.get(app, name, { with_content: false });
    return { app, message: id };
  }
  let iterator: string | null = null;
  for (let asked = 0; asked < MOST_ASKED; asked += PAGE) {
    const page = await api.applications.list({ limit: PAGE, iterator });
    const found = await Promise.all(page.data.map((one) => messageOf(api, one.id, name)));
    const hit = found.find((one) => one !== null);
    if (hit) return hit;
    if (page.done) break;
    ({ iterator } = page);
  }
  throw new ApiError(404, 'not_found', `No application has a message ${name}`, []);
}

async function messageOf(api: Api, app: string, name: string): Promise<FoundMessage | null> {
  try {
    const { id } = await api.messages.get(app, name, { with_content: false });
    return { app, message: id };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

const PAGE = 50;
const MOST_ASKED = 500;
