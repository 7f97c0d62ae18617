import type { Application } from '../../domain/application.ts';
import { invalid } from '../../domain/errors.ts';
import { findApplication, requireVisible } from '../access.ts';
import type { applicationIn } from '../applications/application-schemas.ts';
import { createApplication, isConflict } from '../applications/create-application.ts';
import type { Context } from '../context.ts';
import { byTodaysNames } from '../old-names.ts';
import { type Principal, lacking, rightsOf } from '../principal.ts';
import { fieldError } from '../validation.ts';
import type { z } from 'zod';

/**
 * Creates the inline application of a message, when the application in the path does not exist. Rejects with
 * `not_found` when the message has no inline application.
 */
export async function createInlineApplication(
  context: Context,
  principal: Principal,
  app: string,
  input: z.output<typeof applicationIn> | null | undefined,
): Promise<Application> {
  const isLimited = principal.applicationId !== undefined;
  if (!input || isLimited) return requireVisible(principal, app, null);
  if (!rightsOf(principal).has('application:write')) throw lacking('application:write');
  if (input.uid !== app) {
    throw invalid([
      fieldError(
        'must be the uid in the path, which does not exist yet',
        'body',
        'application',
        'uid',
      ),
    ]);
  }
  try {
    const fields = byTodaysNames(input, 'application');
    // The publish is not audited, but the creation of its application is.
    const creator = { operation: 'messages.create', ...principal };
    return await createApplication(context, creator, fields);
  } catch (error) {
    // A conflict means that another publish has created the application meanwhile.
    if (!isConflict(error)) throw error;
    return findApplication(context.storage, principal, app);
  }
}
