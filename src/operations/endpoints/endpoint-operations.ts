import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type {
  AuthenticationOut,
  EndpointMtlsConfigOut,
  EndpointMtlsOut,
  EndpointOauthConfigOut,
  EndpointOauthOut,
} from './authentication-schemas.ts';
import type {
  EndpointTransformationOut,
  TransformationSimulateOut,
} from './transformation-schemas.ts';
import type { EndpointSignatureConfigOut, EndpointSignatureOut } from './signature-schemas.ts';
import type { FilterTestOut } from './filter-test-schemas.ts';
import type { HeadOperations } from './head-operations.ts';
import type {
  EndpointHeadersOut,
  EndpointOut,
  EndpointSecretOut,
  EndpointAttemptStats,
  EndpointStats,
  EndpointThrottleRateStatusOut,
} from './endpoint-schemas.ts';

export interface EndpointOperations
  extends
    EndpointAuthenticationOperations,
    EndpointSignatureOperations,
    EndpointTransformationOperations,
    HeadOperations {
  /** EndpointIn. */
  create(
    principal: Principal,
    app: string,
    input: unknown,
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut>;
  /** OrderedListOptions; newest first by default. */
  list(principal: Principal, app: string, options?: unknown): Promise<ListOut<EndpointOut>>;
  get(principal: Principal, app: string, endpoint: string): Promise<EndpointOut>;
  /** EndpointUpdate. Replaces it (headers stay unless given), or creates one with this uid. */
  update(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<Upserted<EndpointOut>>;
  /** EndpointPatch. */
  patch(principal: Principal, app: string, endpoint: string, input: unknown): Promise<EndpointOut>;
  /**
   * Attempts nothing more, from now on in this process and within a second in all others; what is in
   * flight ends. The endpoint keeps what waits, and goes on getting deliveries.
   */
  pause(
    principal: Principal,
    app: string,
    endpoint: string,
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut>;
  /** Ends the pause: what waited is delivered, slowly at first. */
  resume(
    principal: Principal,
    app: string,
    endpoint: string,
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut>;
  /** Cancels the deliveries owed to it. */
  delete(principal: Principal, app: string, endpoint: string): Promise<void>;
  getSecret(principal: Principal, app: string, endpoint: string): Promise<EndpointSecretOut>;
  /**
   * EndpointSecretRotateIn. Answers the new secret, as `getSecret` does. Old secrets keep signing
   * until their grace period ends.
   */
  rotateSecret(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<EndpointSecretOut>,
  ): Promise<EndpointSecretOut>;
  /** `RateLimited`: it has a `throttleRate`, and deliveries that are due wait. */
  rateLimitStatus(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<EndpointThrottleRateStatusOut>;
  /**
   * FilterTestIn. Which of the application's messages the endpoint's filters match, or would match
   * with those that are given, and why not. A disabled endpoint is tested as if it were enabled. An
   * answer may have fewer than `limit` messages while `done` is false.
   */
  testFilter(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<FilterTestOut>;
  getHeaders(principal: Principal, app: string, endpoint: string): Promise<EndpointHeadersOut>;
  /** EndpointHeadersIn. Replaces all, including those whose values are not shown. */
  updateHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  /** EndpointHeadersPatchIn. */
  patchHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  /**
   * EndpointStatsOptions. How many attempts succeeded and failed in a time. Rejects with `invalid_range`
   * when that is longer than 28 days, or ends in the future.
   */
  stats(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<EndpointStats>;
  /** As `stats`, in the form that newer clients read. */
  attemptStats(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<EndpointAttemptStats>;
}

/** An endpoint has one authentication at most: setting one replaces the other, of whatever type. */
export interface EndpointAuthenticationOperations {
  getAuthentication(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<AuthenticationOut>;
  /** AuthenticationIn: `basic` or `bearer`. */
  setAuthentication(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<void>;
  deleteAuthentication(principal: Principal, app: string, endpoint: string): Promise<void>;
  /** Rejects with `not_found` when there is none. */
  getOauth(principal: Principal, app: string, endpoint: string): Promise<EndpointOauthConfigOut>;
  getOauthConfig(principal: Principal, app: string, endpoint: string): Promise<EndpointOauthOut>;
  /** EndpointOauthConfigIn. */
  setOauth(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  deleteOauth(principal: Principal, app: string, endpoint: string): Promise<void>;
  getMtls(principal: Principal, app: string, endpoint: string): Promise<EndpointMtlsConfigOut>;
  getMtlsConfig(principal: Principal, app: string, endpoint: string): Promise<EndpointMtlsOut>;
  /** EndpointMtlsConfigIn. */
  setMtls(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  deleteMtls(principal: Principal, app: string, endpoint: string): Promise<void>;
}

export interface EndpointSignatureOperations {
  /** Rejects with `not_found` when there is none. */
  getSignature(principal: Principal, app: string, endpoint: string): Promise<EndpointSignatureOut>;
  /** The same, with a word on whether there is one. */
  getSignatureConfig(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<EndpointSignatureConfigOut>;
  /** EndpointSignatureIn. */
  setSignature(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  deleteSignature(principal: Principal, app: string, endpoint: string): Promise<void>;
}

export interface EndpointTransformationOperations {
  /** Of an endpoint without one: no code, not enabled. */
  getTransformation(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<EndpointTransformationOut>;
  /** EndpointTransformationPatch: what is absent stays. */
  patchTransformation(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<void>;
  /** TransformationSimulateIn. Changes and sends nothing. */
  simulateTransformation(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<TransformationSimulateOut>;
}
