import { z } from 'zod';
import type { OutputOf } from '../field-types.ts';
import { timestamp } from '../fields.ts';

const processFields = {
  number: z.number(),
  /** The machine and the process id there. */
  name: z.string(),
  roles: z.array(z.string()).readonly(),
  version: z.string(),
  startedAt: timestamp,
  /** Null with SQLite, which one process has to itself. */
  leaseUntil: timestamp.nullable(),
  /** False: the process died or hangs. Others have taken its endpoints, or will within seconds. */
  isAlive: z.boolean(),
  /** How many of the 256 shards of the endpoints this process owns. */
  ownedShards: z.number(),
};

const backlogFields = {
  /** Waiting deliveries, including later retries and those of disabled endpoints; counted up to 100,000. */
  waiting: z.number(),
  /** When the first delivery to an enabled endpoint is due; null: none waits. */
  oldestDueAt: timestamp.nullable(),
  /** How late that delivery is; 0: it is not due yet. */
  lateMs: z.number(),
};

const statusFields = {
  /** Every process that uses the database, in the order of their starts. */
  processes: z.array(z.object(processFields)),
  backlog: z.object(backlogFields),
};
export const statusOut: z.ZodObject<typeof statusFields> = z.object(statusFields);

const healthFields = {
  disabled: z.boolean(),
  disabledReason: z.enum(['manual', 'failing', 'gone']).nullable(),
  paused: z.boolean(),
  /** Since when every attempt has failed; null: the last one succeeded, or a person disabled the endpoint. */
  failingSince: timestamp.nullable(),
  lastFailedAt: timestamp.nullable(),
  /** Failed attempts since the endpoint was enabled. */
  failedCount: z.number(),
};

const troubledEndpointFields = {
  id: z.string(),
  uid: z.string().nullable(),
  appId: z.string(),
  appName: z.string(),
  url: z.string(),
  description: z.string(),
  ...healthFields,
};

const endpointStateFields = {
  id: z.string(),
  uid: z.string().nullable(),
  ...healthFields,
  /**
   * When the next waiting delivery is due; an instant in the past: it is attempted as soon as there is capacity.
   * Null: no delivery waits, or the endpoint is disabled or paused.
   */
  nextAttempt: timestamp.nullable(),
  /**
   * `open`: after many failures in a row, no requests are sent until `waitsUntil`; `half-open`: one request at a
   * time, until one succeeds. Null: not known, because no requests are sent, or no process has reported it.
   */
  breaker: z.enum(['closed', 'open', 'half-open']).nullable(),
  /** No requests are sent before then: the breaker is open, or the endpoint asked for a pause. */
  waitsUntil: timestamp.nullable(),
  /** Most requests in flight, when failures have reduced the number; null: the usual number. */
  window: z.number().nullable(),
  /** Most requests per second, learned from refusals; null: only the settings limit the rate. */
  rate: z.number().nullable(),
};
export const endpointStateOut: z.ZodObject<typeof endpointStateFields> =
  z.object(endpointStateFields);

const troubledEndpointsFields = {
  /** Endpoints that have been in trouble for longest come first. */
  data: z.array(z.object(troubledEndpointFields)),
  /** False: there are more. */
  isComplete: z.boolean(),
};
export const troubledEndpointsOut: z.ZodObject<typeof troubledEndpointsFields> =
  z.object(troubledEndpointsFields);

const settingInForceFields = {
  name: z.string(),
  group: z.string(),
  meaning: z.string(),
  /** The value as it was set; null: not set, or a secret. User and password of URLs are left out. */
  value: z.string().nullable(),
  /** Whether the setting is a secret that is set. */
  isHidden: z.boolean(),
  source: z.enum(['flag', 'environment', 'file', 'program', 'default']),
};

const settingsInForceFields = {
  /** In the order of the documentation. */
  data: z.array(z.object(settingInForceFields)),
};
export const settingsInForceOut: z.ZodObject<typeof settingsInForceFields> =
  z.object(settingsInForceFields);

export interface HealthOut extends OutputOf<typeof healthFields> {}
/** Additive. */
export interface EndpointStateOut extends OutputOf<typeof endpointStateFields> {}
export interface TroubledEndpointOut extends OutputOf<typeof troubledEndpointFields> {}
/** Additive. */
export interface TroubledEndpointsOut extends OutputOf<typeof troubledEndpointsFields> {}
export interface ProcessOut extends OutputOf<typeof processFields> {}
export interface BacklogOut extends OutputOf<typeof backlogFields> {}
/** Additive. */
export interface SettingsInForceOut extends OutputOf<typeof settingsInForceFields> {}
/** Additive. */
export interface StatusOut extends OutputOf<typeof statusFields> {}
