import type { Context } from './context.ts';

/**
 * Runs a change of an application's endpoints, and makes cache and lanes forget what they know of
 * them. Also when the change fails: an answer that was lost may belong to a commit that happened.
 */
export async function changeEndpoints<T>(
  { endpointCache, dispatch }: Pick<Context, 'endpointCache' | 'dispatch'>,
  applicationId: string,
  endpointIds: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } finally {
    endpointCache.invalidate(applicationId);
    for (const endpointId of endpointIds) dispatch.endpointChanged(endpointId);
  }
}
