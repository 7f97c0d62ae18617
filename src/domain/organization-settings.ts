/** What happens to a publish whose payload does not match the schema of its event type. */
export const PAYLOAD_VALIDATIONS = ['off', 'warn', 'reject'] as const;

export type PayloadValidation = (typeof PAYLOAD_VALIDATIONS)[number];

/** The settings of an organization; absent ones have the defaults. */
export interface OrganizationSettings extends OrganizationRetention {
  readonly payloadValidation: PayloadValidation;
}

/** Retention of an organization in days; null: the setting of the process applies. */
export interface OrganizationRetention {
  /** Applies unless the message or its application has its own number. */
  readonly payloadRetentionPeriod: number | null;
  readonly attemptRetentionPeriod: number | null;
  /** Payloads and attempts are removed with their message at the latest. */
  readonly messageRetentionPeriod: number | null;
}

export const DEFAULT_ORGANIZATION_SETTINGS: OrganizationSettings = {
  payloadValidation: 'off',
  payloadRetentionPeriod: null,
  attemptRetentionPeriod: null,
  messageRetentionPeriod: null,
};
