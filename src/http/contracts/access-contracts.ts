import type { Contracts } from './contract.ts';

const KEYS = '/management/authentication/:env_id/api-token';

export const ACCESS_CONTRACTS: Contracts = {
  'GET /audit': {
    id: 'v1.audit.list',
    summary: 'List who changed what',
    query: 'AuditListOptions',
    answers: { 200: { listOf: 'AuditEntryOut' } },
  },
  'POST /auth/app-portal-access/:app_id': {
    id: 'v1.authentication.app-portal-access',
    summary: "Make a token for a customer's portal",
    body: 'AppPortalAccessIn',
    bodyOptional: true,
    answers: { 200: 'AppPortalAccessOut' },
  },
  'POST /auth/dashboard-access/:app_id': {
    id: 'v1.authentication.dashboard-access',
    summary: "Make a token for a customer's portal",
    deprecated: true,
    body: 'AppPortalAccessIn',
    bodyOptional: true,
    answers: { 200: 'AppPortalAccessOut' },
  },
  'POST /auth/app/:app_id/expire-all': {
    id: 'v1.authentication.expire-all',
    summary: "End the tokens of a customer's portal",
    description: 'Tokens that are made later stay valid.',
    body: 'ApplicationTokenExpireIn',
    bodyOptional: true,
    answers: { 204: null },
  },
  'POST /auth/logout': {
    id: 'v1.authentication.logout',
    summary: 'End the portal token that calls',
    answers: { 204: null },
  },
  'POST /auth/renew': {
    id: 'v1.authentication.renew',
    summary: 'Renew the portal token that calls',
    description:
      'The new token has the same lifetime as the old one, but expires a week after the first token was issued at the latest.',
    answers: { 200: 'PortalTokenOut' },
  },
  'GET /auth/whoami': {
    id: 'v1.authentication.whoami',
    summary: 'Show who calls, and what the token may do',
    answers: { 200: 'WhoamiOut' },
  },
  [`GET ${KEYS}`]: {
    id: 'v1.management.authentication.list-api-tokens',
    summary: 'List API keys',
    query: 'OrderedListOptions',
    answers: { 200: { listOf: 'ApiTokenCensoredOut' } },
  },
  [`POST ${KEYS}`]: {
    id: 'v1.management.authentication.create-api-token',
    summary: 'Make an API key',
    description: 'Only this answer contains the key itself.',
    body: 'ApiTokenIn',
    answers: { 200: 'ApiTokenOut' },
  },
  [`GET ${KEYS}/:key_id`]: {
    id: 'v1.management.authentication.get-api-token',
    summary: 'Get an API key',
    answers: { 200: 'ApiTokenCensoredOut' },
  },
  [`PUT ${KEYS}/:key_id`]: {
    id: 'v1.management.authentication.update-api-token',
    summary: 'Rename an API key',
    body: 'ApiTokenUpdate',
    answers: { 200: 'ApiTokenCensoredOut' },
  },
  [`PATCH ${KEYS}/:key_id`]: {
    id: 'v1.management.authentication.patch-api-token',
    summary: 'Change the name or the scopes of an API key',
    body: 'ApiTokenPatch',
    answers: { 200: 'ApiTokenCensoredOut' },
  },
  [`POST ${KEYS}/:key_id/expire`]: {
    id: 'v1.management.authentication.expire-api-token',
    summary: 'Revoke an API key',
    body: 'ApiTokenExpireIn',
    bodyOptional: true,
    answers: { 204: null },
  },
};
