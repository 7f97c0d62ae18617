/** What becomes of a publish whose payload is not as the schema of its event type says. */
export const PAYLOAD_VALIDATIONS = ['off', 'warn', 'reject'] as const;

export type PayloadValidation = (typeof PAYLOAD_VALIDATIONS)[number];

/** What an organization has chosen for itself. One that has chosen nothing has the defaults. */
export interface OrganizationSettings {
  readonly payloadValidation: PayloadValidation;
}

export const DEFAULT_ORGANIZATION_SETTINGS: OrganizationSettings = { payloadValidation: 'off' };
