import type { Principal } from '../principal.ts';
import type { ListOut } from '../paging.ts';
import type {
  EndpointStateOut,
  SettingsInForceOut,
  StatusOut,
  TroubledEndpointsOut,
} from './status-out.ts';

export interface StatusOperations {
  /** The status of the whole installation with all its processes. Additive. */
  get(principal: Principal): Promise<StatusOut>;
  /** Endpoints of all applications that fail, are disabled or paused, those in trouble for longest first. Additive. */
  troubledEndpoints(principal: Principal): Promise<TroubledEndpointsOut>;
  /**
   * OrderedListOptions; newest first by default. The state of the deliveries to each endpoint of an application, in
   * the same pages as the endpoints. States that another process has in memory are some seconds old. Additive.
   */
  endpoints(
    principal: Principal,
    app: string,
    options?: unknown,
  ): Promise<ListOut<EndpointStateOut>>;
  /** The same of one endpoint. Additive. */
  endpoint(principal: Principal, app: string, endpoint: string): Promise<EndpointStateOut>;
  /** The settings of the process that answers, and where each was set, without secrets. Additive. */
  settings(principal: Principal): Promise<SettingsInForceOut>;
}
