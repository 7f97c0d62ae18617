import { z } from 'zod';
import { PAYLOAD_VALIDATIONS } from '../../domain/organization-settings.ts';
import type { InputOf, OutputOf } from '../field-types.ts';

/** At most ten years. Null: the setting of the process applies. */
const days = z.int().min(1).max(3650).nullish();

const settingsPatchFields = {
  /** What happens to a publish whose payload does not match the schema of its event type. */
  payloadValidation: z.enum(PAYLOAD_VALIDATIONS).optional(),
  /** Days for which payloads are kept, unless the message or application has its own number. */
  payloadRetentionPeriod: days,
  attemptRetentionPeriod: days,
  messageRetentionPeriod: days,
};
export const settingsPatch: z.ZodObject<typeof settingsPatchFields, z.core.$strict> =
  z.strictObject(settingsPatchFields);

const settingsOutFields = {
  payloadValidation: z.enum(PAYLOAD_VALIDATIONS),
  payloadRetentionPeriod: z.number().nullable(),
  attemptRetentionPeriod: z.number().nullable(),
  messageRetentionPeriod: z.number().nullable(),
};
export const settingsOut: z.ZodObject<typeof settingsOutFields> = z.object(settingsOutFields);

export interface SettingsPatch extends InputOf<typeof settingsPatchFields> {}
export interface SettingsOut extends OutputOf<typeof settingsOutFields> {}
