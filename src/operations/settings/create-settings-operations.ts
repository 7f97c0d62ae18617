import {
  DEFAULT_ORGANIZATION_SETTINGS,
  type OrganizationSettings,
} from '../../domain/organization-settings.ts';
import type { Context } from '../context.ts';
import { check } from '../validation.ts';
import type { SettingsOperations } from './settings-operations.ts';
import { type SettingsPatch, settingsPatch } from './settings-schemas.ts';

export function createSettingsOperations({
  storage,
  audit,
  payloadRules,
}: Context): SettingsOperations {
  async function find(organizationId: string): Promise<OrganizationSettings> {
    return (
      (await storage.organizationSettings.get(organizationId)) ?? DEFAULT_ORGANIZATION_SETTINGS
    );
  }

  return {
    get: (principal) => find(principal.organizationId),

    async patch(principal, input) {
      const { organizationId } = principal;
      const given = check(settingsPatch, input, 'body');
      const edited = changedSettings(await find(organizationId), given);
      try {
        await storage.organizationSettings.put(organizationId, edited, audit(principal, {}));
      } finally {
        payloadRules.forget();
      }
      return edited;
    },
  };
}

/** The settings after a patch; absent members stay as they are. */
export function changedSettings(
  found: OrganizationSettings,
  {
    payloadValidation = found.payloadValidation,
    payloadRetentionPeriod = found.payloadRetentionPeriod,
    attemptRetentionPeriod = found.attemptRetentionPeriod,
    messageRetentionPeriod = found.messageRetentionPeriod,
  }: SettingsPatch,
): OrganizationSettings {
  return {
    payloadValidation,
    payloadRetentionPeriod,
    attemptRetentionPeriod,
    messageRetentionPeriod,
  };
}
