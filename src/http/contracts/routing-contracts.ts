import type { Contracts } from './contract.ts';

const ENDPOINT = '/app/:app_id/endpoint/:endpoint_id';

export const ROUTING_CONTRACTS: Contracts = {
  [`POST ${ENDPOINT}/filter/test`]: {
    id: 'v1.endpoint.test-filter',
    summary:
      'Show which recent messages the filters of an endpoint match, and why the others do not',
    body: 'FilterTestIn',
    bodyOptional: true,
    answers: { 200: 'FilterTestOut' },
  },
  [`GET ${ENDPOINT}/authentication`]: {
    id: 'v1.endpoint.get-authentication',
    summary: 'Show how requests to an endpoint are authenticated',
    answers: { 200: 'AuthenticationOut' },
  },
  [`PUT ${ENDPOINT}/authentication`]: {
    id: 'v1.endpoint.set-authentication',
    summary: 'Authenticate requests to an endpoint by Basic or Bearer',
    body: 'AuthenticationIn',
    answers: { 204: null },
  },
  [`DELETE ${ENDPOINT}/authentication`]: {
    id: 'v1.endpoint.delete-authentication',
    summary: 'Stop authenticating requests to an endpoint',
    answers: { 204: null },
  },
  [`GET ${ENDPOINT}/oauth`]: {
    id: 'v1.endpoint.get-oauth',
    summary: 'Get the OAuth 2 client of an endpoint',
    answers: { 200: 'EndpointOauthConfigOut' },
  },
  [`GET ${ENDPOINT}/oauth-config`]: {
    id: 'v1.endpoint.get-oauth-config',
    summary: 'Get the OAuth 2 client of an endpoint, if it has one',
    answers: { 200: 'EndpointOauthOut' },
  },
  [`PUT ${ENDPOINT}/oauth`]: {
    id: 'v1.endpoint.update-oauth',
    summary: 'Authenticate requests to an endpoint by OAuth 2 client credentials',
    body: 'EndpointOauthConfigIn',
    answers: { 204: null },
  },
  [`DELETE ${ENDPOINT}/oauth`]: {
    id: 'v1.endpoint.delete-oauth',
    summary: 'Remove the OAuth 2 client of an endpoint',
    answers: { 204: null },
  },
  [`GET ${ENDPOINT}/mtls`]: {
    id: 'v1.endpoint.get-mtls',
    summary: 'Get the certificates of an endpoint',
    answers: { 200: 'EndpointMtlsConfigOut' },
  },
  [`GET ${ENDPOINT}/mtls-config`]: {
    id: 'v1.endpoint.get-mtls-config',
    summary: 'Get the certificates of an endpoint, if it has some',
    answers: { 200: 'EndpointMtlsOut' },
  },
  [`PUT ${ENDPOINT}/mtls`]: {
    id: 'v1.endpoint.update-mtls',
    summary: 'Set the client certificate and the authorities of an endpoint',
    body: 'EndpointMtlsConfigIn',
    answers: { 204: null },
  },
  [`DELETE ${ENDPOINT}/mtls`]: {
    id: 'v1.endpoint.delete-mtls',
    summary: 'Remove the certificates of an endpoint',
    answers: { 204: null },
  },
  [`GET ${ENDPOINT}/signature`]: {
    id: 'v1.endpoint.get-signature',
    summary: 'Get the further signature of an endpoint',
    answers: { 200: 'EndpointSignatureOut' },
  },
  [`GET ${ENDPOINT}/signature-config`]: {
    id: 'v1.endpoint.get-signature-config',
    summary: 'Get the further signature of an endpoint, if it has one',
    answers: { 200: 'EndpointSignatureConfigOut' },
  },
  [`PUT ${ENDPOINT}/signature`]: {
    id: 'v1.endpoint.set-signature',
    summary: 'Sign requests to an endpoint in the form of another provider, too',
    body: 'EndpointSignatureIn',
    answers: { 204: null },
  },
  [`DELETE ${ENDPOINT}/signature`]: {
    id: 'v1.endpoint.delete-signature',
    summary: 'Remove the further signature of an endpoint',
    answers: { 204: null },
  },
  [`GET ${ENDPOINT}/transformation`]: {
    id: 'v1.endpoint.transformation.get',
    summary: 'Get the transformation of an endpoint',
    answers: { 200: 'EndpointTransformationOut' },
  },
  [`PATCH ${ENDPOINT}/transformation`]: {
    id: 'v1.endpoint.transformation.patch',
    summary: 'Set or change the program that changes requests to an endpoint',
    body: 'EndpointTransformationPatch',
    answers: { 204: null },
  },
  [`POST ${ENDPOINT}/transformation/simulate`]: {
    id: 'v1.endpoint.transformation.simulate',
    summary: 'Run a transformation on a payload; nothing is sent',
    body: 'TransformationSimulateIn',
    answers: { 200: 'TransformationSimulateOut' },
  },
};
