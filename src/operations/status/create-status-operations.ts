import { withoutCredentials } from '../../domain/url-credentials.ts';
import type { FleetProcess, TroubledEndpoint } from '../../storage/storage.ts';
import { findApplication, findEndpoint } from '../access.ts';
import type { Context } from '../context.ts';
import { isoOrNull } from '../instant.ts';
import { contentlessListOptions, pageRequest, toListOut } from '../paging.ts';
import { check } from '../validation.ts';
import { healthOf } from './health-of.ts';
import { readEndpointStates } from './read-endpoint-states.ts';
import type { StatusOperations } from './status-operations.ts';
import type { ProcessOut, TroubledEndpointOut } from './status-out.ts';

export function createStatusOperations({
  storage,
  clock,
  settingsInForce,
}: Pick<Context, 'storage' | 'clock' | 'settingsInForce'>): StatusOperations {
  return {
    async get() {
      const [processes, { waiting, oldestDueAt }] = await Promise.all([
        storage.fleet.processes(),
        storage.backlog(),
      ]);
      const now = clock.scheduleNow();
      return {
        processes: processes.map((process) => toProcessOut(process, now)),
        backlog: {
          waiting,
          oldestDueAt: isoOrNull(oldestDueAt),
          lateMs: oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt),
        },
      };
    },

    async troubledEndpoints({ organizationId }) {
      const found = await storage.endpoints.troubled(organizationId, MOST_TROUBLED + 1);
      return {
        data: found.slice(0, MOST_TROUBLED).map(toTroubledOut),
        isComplete: found.length <= MOST_TROUBLED,
      };
    },

    async endpoints(principal, app, options = {}) {
      const { id } = await findApplication(storage, principal, app);
      const page = pageRequest(check(contentlessListOptions, options, 'query'), 'ep', 'descending');
      const found = await storage.endpoints.list(id, page);
      const stateOf = await readEndpointStates({ storage, clock }, found.data);
      return toListOut(found, (row) => row.id, stateOf);
    },

    async endpoint(principal, app, endpoint) {
      const application = await findApplication(storage, principal, app);
      const found = await findEndpoint(storage, application, endpoint);
      const stateOf = await readEndpointStates({ storage, clock }, [found]);
      return stateOf(found);
    },

    async settings() {
      return { data: settingsInForce.map((setting) => ({ ...setting })) };
    },
  };
}

const MOST_TROUBLED = 100;

function toTroubledOut({ endpoint, applicationName }: TroubledEndpoint): TroubledEndpointOut {
  return {
    id: endpoint.id,
    uid: endpoint.uid,
    appId: endpoint.applicationId,
    appName: applicationName,
    url: withoutCredentials(endpoint.url),
    description: endpoint.description,
    ...healthOf(endpoint),
  };
}

function toProcessOut(process: FleetProcess, now: number): ProcessOut {
  const { startedAt, leaseUntil } = process;
  return {
    ...process,
    startedAt: new Date(startedAt).toISOString(),
    leaseUntil: isoOrNull(leaseUntil),
    isAlive: leaseUntil === null || leaseUntil > now,
  };
}
