import { PosthasteError } from '../../domain/errors.ts';
import { requireOrganization } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import { createInlineApplication } from '../messages/inline-application.ts';
import { check } from '../validation.ts';
import type { PortalAccessOperations } from './portal-access-operations.ts';
import { DEFAULT_EXPIRY_S, checkedAppPortalAccessIn } from './portal-access-schemas.ts';

export function createPortalAccessOperations(context: Context): PortalAccessOperations {
  const { storage, tokens, portalUrl } = context;
  return {
    async grant(principal, app, input) {
      requireOrganization(principal);
      const { application, featureFlags, expiry } = check(
        checkedAppPortalAccessIn,
        input ?? {},
        'body',
      );
      if (tokens === null) {
        throw new PosthasteError('configuration', 'A token needs jwtSecret (POSTHASTE_JWT_SECRET)');
      }
      const { organizationId } = principal;
      const found = isName(app) ? await storage.applications.get(organizationId, app) : null;
      const { id } = found ?? (await createInlineApplication(context, principal, app, application));
      const token = await tokens.issue({
        organizationId,
        applicationId: id,
        featureFlags: featureFlags ?? [],
        expiresInSeconds: expiry ?? DEFAULT_EXPIRY_S,
      });
      return { url: portalUrl === null ? '' : `${portalUrl}#token=${token}`, token };
    },
  };
}
