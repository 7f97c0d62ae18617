import { z } from 'zod';
import { PAYLOAD_VALIDATIONS } from '../../domain/organization-settings.ts';
import type { InputOf, OutputOf } from '../field-types.ts';

export const settingsPatchFields = {
  /** What becomes of a publish whose payload is not as the schema of its event type says. */
  payloadValidation: z.enum(PAYLOAD_VALIDATIONS).optional(),
};
export const settingsPatch: z.ZodObject<typeof settingsPatchFields, z.core.$strict> =
  z.strictObject(settingsPatchFields);

export const settingsOutFields = { payloadValidation: z.enum(PAYLOAD_VALIDATIONS) };
export const settingsOut: z.ZodObject<typeof settingsOutFields> = z.object(settingsOutFields);

export interface SettingsPatch extends InputOf<typeof settingsPatchFields> {}
export interface SettingsOut extends OutputOf<typeof settingsOutFields> {}
