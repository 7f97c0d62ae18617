import type { Context } from './context.ts';

/**
 * Runs a change of an application's endpoints, then invalidates their cached rows and lanes. Also when the
 * change fails: its commit may have happened, and only the answer was lost.
 */
export async function changeEndpoints<T>(
  { endpointCache, intake }: Pick<Context, 'endpointCache' | 'intake'>,
  applicationId: string,
  endpointIds: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } finally {
    endpointCache.invalidate(applicationId);
    for (const endpointId of endpointIds) intake.endpointChanged(endpointId);
  }
}
