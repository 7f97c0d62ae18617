import type { Principal } from '../principal.ts';
import type {
  ActiveApplicationOptions,
  ActiveApplicationOut,
  ApplicationStatisticsOptions,
  ApplicationStatsOptions,
  ApplicationStatsOut,
  AttemptStatisticsOptions,
  AttemptStatisticsOut,
  EndpointCountOut,
} from './statistics-schemas.ts';

export interface StatisticsOperations {
  /**
   * Attempts and accepted messages of an application by five minutes, hour or day, for the last 90 days. Options:
   * `ApplicationStatisticsOptions`. An attempt counts in the period in which it was recorded.
   */
  ofApplication(
    principal: Principal,
    app: string,
    options?: ApplicationStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /** Additive. The same for the whole organization. */
  ofOrganization(
    principal: Principal,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /** Additive. The same for one endpoint, by hour or day. */
  ofEndpoint(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /**
   * Attempts of an application by event type, in whole hours. Options: `ApplicationStatsOptions`. Counts at most
   * a hundred event types of each hour.
   */
  byEventType(
    principal: Principal,
    app: string,
    options: ApplicationStatsOptions | Record<string, unknown>,
  ): Promise<ApplicationStatsOut>;
  /** Applications that have an endpoint, by default an enabled one. Options: `ActiveApplicationOptions`. */
  countActiveApplications(
    principal: Principal,
    options?: ActiveApplicationOptions | Record<string, unknown>,
  ): Promise<ActiveApplicationOut>;
  /** Endpoints of the organization. */
  countEndpoints(principal: Principal): Promise<EndpointCountOut>;
}
