import { z } from 'zod';
import { PAYLOAD_VALIDATIONS } from '../../domain/organization-settings.ts';
import type { InputOf, OutputOf } from '../field-types.ts';

/** Ten years. Null: as the process's settings say. */
const days = z.int().min(1).max(3650).nullish();

export const settingsPatchFields = {
  /** What becomes of a publish whose payload is not as the schema of its event type says. */
  payloadValidation: z.enum(PAYLOAD_VALIDATIONS).optional(),
  /** Days for which payloads are kept whose message and application say nothing. */
  payloadRetentionPeriod: days,
  attemptRetentionPeriod: days,
  messageRetentionPeriod: days,
};
export const settingsPatch: z.ZodObject<typeof settingsPatchFields, z.core.$strict> =
  z.strictObject(settingsPatchFields);

export const settingsOutFields = {
  payloadValidation: z.enum(PAYLOAD_VALIDATIONS),
  payloadRetentionPeriod: z.number().nullable(),
  attemptRetentionPeriod: z.number().nullable(),
  messageRetentionPeriod: z.number().nullable(),
};
export const settingsOut: z.ZodObject<typeof settingsOutFields> = z.object(settingsOutFields);

export interface SettingsPatch extends InputOf<typeof settingsPatchFields> {}
export interface SettingsOut extends OutputOf<typeof settingsOutFields> {}
