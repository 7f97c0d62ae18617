import type { apiInputs } from '../../operations/operations.ts';

/** A body for each input, which works as it stands once the objects exist that it names. */
export const EXAMPLES: Readonly<Record<keyof typeof apiInputs, object>> = {
  AppPortalAccessIn: { featureFlags: ['beta'], expiry: 86_400 },
  ApplicationIn: { name: 'Acme', uid: 'acme', metadata: { plan: 'pro' } },
  ApplicationPatch: { throttleRate: 100 },
  BulkReplayIn: { since: '2026-11-01T00:00:00Z', status: 2, dryRun: true },
  CancelMessagesIn: { createdBefore: '2026-11-02T00:00:00Z', dryRun: true },
  EndpointHeadersIn: { headers: { 'X-Tenant': 'acme' } },
  EndpointHeadersPatchIn: { headers: { 'X-Tenant': 'acme' }, deleteHeaders: ['X-Old'] },
  EndpointIn: {
    url: 'https://example.com/webhook',
    uid: 'billing',
    description: 'The billing service',
    eventTypes: ['invoice.paid'],
    channels: ['eu'],
  },
  EndpointPatch: { disabled: true },
  EndpointSecretRotateIn: { gracePeriodSeconds: 3_600 },
  EndpointUpdate: { url: 'https://example.com/webhook', eventTypes: ['invoice.paid'] },
  EventExampleIn: { eventType: 'svix.ping' },
  EventTypeIn: {
    name: 'invoice.paid',
    description: 'An invoice was paid',
    schemas: {
      1: {
        type: 'object',
        properties: { invoice: { type: 'string' } },
        required: ['invoice'],
        examples: [{ invoice: 'in_1' }],
      },
    },
  },
  EventTypePatch: { deprecated: true },
  EventTypeUpdate: { description: 'An invoice was paid' },
  HeadChangeIn: { msgId: 'paid-in_1' },
  MessageIn: {
    eventType: 'invoice.paid',
    eventId: 'paid-in_1',
    payload: { invoice: 'in_1' },
    channels: ['eu'],
  },
  ReplayIn: { since: '2026-11-01T00:00:00Z', dryRun: true },
};
