/** What becomes of a publish whose payload is not as the schema of its event type says. */
export const PAYLOAD_VALIDATIONS = ['off', 'warn', 'reject'] as const;

export type PayloadValidation = (typeof PAYLOAD_VALIDATIONS)[number];

/** What an organization has chosen for itself. One that has chosen nothing has the defaults. */
export interface OrganizationSettings extends OrganizationRetention {
  readonly payloadValidation: PayloadValidation;
}

/** How many days things of an organization are kept; null: as long as the process's settings say. */
export interface OrganizationRetention {
  /** Unless the message or its application says otherwise. */
  readonly payloadRetentionPeriod: number | null;
  readonly attemptRetentionPeriod: number | null;
  /** Nothing outlives its message. */
  readonly messageRetentionPeriod: number | null;
}

export const DEFAULT_ORGANIZATION_SETTINGS: OrganizationSettings = {
  payloadValidation: 'off',
  payloadRetentionPeriod: null,
  attemptRetentionPeriod: null,
  messageRetentionPeriod: null,
};
