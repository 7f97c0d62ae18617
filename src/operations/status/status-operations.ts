import type { Principal } from '../principal.ts';
import type { ListOut } from '../paging.ts';
import type {
  EndpointStateOut,
  SettingsInForceOut,
  StatusOut,
  TroubledEndpointsOut,
} from './status-out.ts';

export interface StatusOperations {
  /** The whole installation, over all its processes. Additive. */
  get(principal: Principal): Promise<StatusOut>;
  /** Endpoints of all applications that fail, are disabled or paused, the longest so first. Additive. */
  troubledEndpoints(principal: Principal): Promise<TroubledEndpointsOut>;
  /**
   * OrderedListOptions; newest first by default. How the deliveries to each endpoint of an application go,
   * in pages as those of the endpoints. What the process that delivers has in memory is some seconds old
   * where that is another process. Additive.
   */
  endpoints(
    principal: Principal,
    app: string,
    options?: unknown,
  ): Promise<ListOut<EndpointStateOut>>;
  /** The same of one endpoint. Additive. */
  endpoint(principal: Principal, app: string, endpoint: string): Promise<EndpointStateOut>;
  /** The settings of the process that answers, and who set them; no secret is among them. Additive. */
  settings(principal: Principal): Promise<SettingsInForceOut>;
}
