import type { apiInputs } from '../../operations/operations.ts';

/** An example certificate whose private key was thrown away. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUYHSr5UnjVpd/2sw2G8uORDk3cAgwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZXhhbXBsZTAgFw0yNjExMjgyMTQyMDBaGA8yMTI2MTEwNDIx
NDIwMFowEjEQMA4GA1UEAwwHZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABPar52aOIdZ7VJw/qPvGciOXv5VKBLCpcG40jZVsCnYv2+RgljRxb7E8Zasc
TH1FQaCvdWetycL3XvbIpywXAAKjUzBRMB0GA1UdDgQWBBQdycVIGL61L83G9iY7
My/tRYZKzDAfBgNVHSMEGDAWgBQdycVIGL61L83G9iY7My/tRYZKzDAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCICX8+QYih0JIhsH45wQZLKLj2W2M
Frd/QhLnNaBXlBPGAiEA8x7hFOHt2Q28d9bEvgHmVZdxmC5MtwPnHdSvJeiOakY=
-----END CERTIFICATE-----`;

/** An example body for each input; it works as it is once the objects that it names exist. */
export const EXAMPLES: Readonly<Record<keyof typeof apiInputs, object>> = {
  ApiTokenExpireIn: { expiry: 3_600 },
  ApiTokenIn: { name: 'billing service', scopes: ['publish'] },
  ApiTokenPatch: { scopes: ['read', 'publish'] },
  ApiTokenUpdate: { name: 'billing service' },
  AppPortalAccessIn: { featureFlags: ['beta'], expiry: 86_400 },
  AppUsageStatsIn: { since: '2026-11-01T00:00:00Z', until: '2026-12-01T00:00:00Z' },
  ApplicationIn: { name: 'Acme', uid: 'acme', metadata: { plan: 'pro' } },
  ApplicationTokenExpireIn: { sessionIds: ['user-7'] },
  ApplicationPatch: { throttleRate: 100 },
  AuthenticationIn: { type: 'bearer', token: 'a-token-of-the-receiver' },
  BulkExpungeContentsIn: { ids: ['paid-in_1'] },
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
  EndpointMtlsConfigIn: {
    authorities: CERTIFICATE,
  },
  EndpointOauthConfigIn: {
    grantType: 'clientCredentials',
    authMethod: 'clientSecretBasic',
    clientId: 'posthaste',
    clientSecret: 'a-secret-of-the-client',
    tokenUrl: 'https://example.com/oauth/token',
  },
  EndpointPatch: { disabled: true },
  EndpointSecretRotateIn: { gracePeriodSeconds: 3_600 },
  EndpointSignatureIn: {
    headers: { 'X-Acme-Signature': 't={timestamp},v1={signature}' },
    content: '{timestamp}.{body}',
    secret: 'a-secret-of-the-receiver',
  },
  EndpointUpdate: { url: 'https://example.com/webhook', eventTypes: ['invoice.paid'] },
  EnvironmentIn: {
    eventTypes: [{ name: 'invoice.paid', description: 'An invoice was paid' }],
    applications: [
      {
        uid: 'acme',
        name: 'Acme',
        endpoints: [
          { uid: 'billing', url: 'https://example.com/webhook', eventTypes: ['invoice.paid'] },
        ],
      },
    ],
  },
  EventTypeImportOpenApiIn: {
    spec: {
      openapi: '3.1.0',
      webhooks: {
        'invoice.imported': {
          post: {
            description: 'An invoice was imported',
            requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
          },
        },
      },
    },
  },
  SettingsPatch: { payloadValidation: 'warn' },
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
  EndpointTransformationPatch: {
    code: 'function handler(webhook) { webhook.payload.paid = true; return webhook; }',
    enabled: true,
  },
  TransformationSimulateIn: {
    code: 'function handler(webhook) { webhook.payload.paid = true; return webhook; }',
    eventType: 'invoice.paid',
    payload: { amount: 5 },
  },
  FilterTestIn: { filter: { path: '/currency', equal: 'EUR' } },
  HeadChangeIn: { msgId: 'paid-in_1' },
  ListenerAnswerIn: { status: 200, body: 'ok' },
  ListenerIn: { eventTypes: ['invoice.paid'] },
  MessageBatchIn: {
    messages: [
      { eventType: 'invoice.paid', payload: { invoice: 'in_2' }, idempotencyKey: 'paid-in_2' },
      { eventType: 'invoice.paid', payload: { invoice: 'in_3' } },
    ],
  },
  MessageIn: {
    eventType: 'invoice.paid',
    eventId: 'paid-in_1',
    payload: { invoice: 'in_1' },
    channels: ['eu'],
    tags: ['trial'],
  },
  MessagePrecheckIn: { eventType: 'invoice.paid', channels: ['eu'] },
  ReplayIn: { since: '2026-11-01T00:00:00Z', dryRun: true },
};
