import type { Keep } from '../idempotency.ts';
import type { ListOut } from '../paging.ts';
import type { Principal } from '../principal.ts';
import type { Upserted } from '../upserted.ts';
import type { HeadOperations } from './head-operations.ts';
import type {
  EndpointHeadersOut,
  EndpointOut,
  EndpointSecretOut,
  EndpointStats,
} from './endpoint-schemas.ts';

export interface EndpointOperations extends HeadOperations {
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
}
