import type { Principal } from '../principal.ts';
import type { AttemptStatisticsOptions, AttemptStatisticsOut } from './statistics-schemas.ts';

export interface StatisticsOperations {
  /**
   * Attempts of an application by the hour or the day. Options: `AttemptStatisticsOptions`. An attempt
   * counts in the hour in which it was recorded, for 90 days.
   */
  ofApplication(
    principal: Principal,
    app: string,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /**
   * Additive. Of the whole organization: what this process counted within its last ten seconds is not
   * among it.
   */
  ofOrganization(
    principal: Principal,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /** Additive. Of one endpoint. */
  ofEndpoint(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
}
