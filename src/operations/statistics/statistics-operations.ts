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
   * Attempts and accepted messages of an application by five minutes, the hour or the day. Options:
   * `ApplicationStatisticsOptions`. An attempt counts in the time in which it was recorded, for 90 days.
   */
  ofApplication(
    principal: Principal,
    app: string,
    options?: ApplicationStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /** Additive. Of the whole organization. */
  ofOrganization(
    principal: Principal,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /** Additive. Of one endpoint, by the hour or the day. */
  ofEndpoint(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: AttemptStatisticsOptions | Record<string, unknown>,
  ): Promise<AttemptStatisticsOut>;
  /**
   * Attempts of an application by event type, in whole hours. Options: `ApplicationStatsOptions`. Of at
   * most a hundred event types in an hour.
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
