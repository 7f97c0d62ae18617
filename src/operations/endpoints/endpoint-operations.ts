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
  /** EndpointUpdate. Replaces the endpoint (headers stay unless given), or creates one with this uid. */
  update(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<Upserted<EndpointOut>>;
  /** EndpointPatch. */
  patch(principal: Principal, app: string, endpoint: string, input: unknown): Promise<EndpointOut>;
  /**
   * Stops attempts, at once in this process and within a second in all others; requests in flight end. The
   * endpoint keeps its waiting deliveries and gets new ones.
   */
  pause(
    principal: Principal,
    app: string,
    endpoint: string,
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut>;
  /** Ends the pause: waiting deliveries are attempted, slowly at first. */
  resume(
    principal: Principal,
    app: string,
    endpoint: string,
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut>;
  /** Also cancels its pending deliveries. */
  delete(principal: Principal, app: string, endpoint: string): Promise<void>;
  getSecret(principal: Principal, app: string, endpoint: string): Promise<EndpointSecretOut>;
  /**
   * EndpointSecretRotateIn. Returns the new secret, like `getSecret`. Old secrets sign as well until their grace
   * period ends.
   */
  rotateSecret(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
    keep?: Keep<EndpointSecretOut>,
  ): Promise<EndpointSecretOut>;
  /** `RateLimited`: the endpoint has a `throttleRate`, and due deliveries wait. */
  rateLimitStatus(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<EndpointThrottleRateStatusOut>;
  /**
   * FilterTestIn. Tests the application's messages against the endpoint's filters, or against the given ones, and
   * says why the others don't match. A disabled endpoint is tested as if it were enabled. An answer may have
   * fewer than `limit` messages while `done` is false.
   */
  testFilter(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<FilterTestOut>;
  getHeaders(principal: Principal, app: string, endpoint: string): Promise<EndpointHeadersOut>;
  /** EndpointHeadersIn. Replaces all headers, including those whose values are not shown. */
  updateHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  /** EndpointHeadersPatchIn. */
  patchHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  /**
   * EndpointStatsOptions. How many attempts succeeded and failed in a period. Rejects with `invalid_range` when
   * the period is longer than 28 days, or ends in the future.
   */
  stats(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<EndpointStats>;
  /** Like `stats`, in the form that newer clients read. */
  attemptStats(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<EndpointAttemptStats>;
}

/** An endpoint has at most one authentication: setting one replaces the previous one, whatever its type. */
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
  /** The signature, and `enabled`: whether there is one. */
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
  /** For an endpoint without a transformation, `code` is null and `enabled` false. */
  getTransformation(
    principal: Principal,
    app: string,
    endpoint: string,
  ): Promise<EndpointTransformationOut>;
  /** EndpointTransformationPatch. Absent members stay as they are. */
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
