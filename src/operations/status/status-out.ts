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
  /** False: it ended without a farewell, or hangs. Others have taken its endpoints, or will in seconds. */
  isAlive: z.boolean(),
  /** How many of the 256 parts of all endpoints it delivers to. */
  ownedShards: z.number(),
};

const backlogFields = {
  /** Deliveries that wait, those for later and of disabled endpoints too; counted up to 100,000. */
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
  /** Since when every attempt failed; null: the last one succeeded, or it was disabled by a person. */
  failingSince: timestamp.nullable(),
  lastFailedAt: timestamp.nullable(),
  /** Attempts that failed since it was enabled. */
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
   * When the first of what waits is attempted; in the past: as soon as there is capacity. Null: nothing
   * waits, or nothing is attempted, because the endpoint is disabled or paused.
   */
  nextAttempt: timestamp.nullable(),
  /**
   * `open`: after many failures in a row nothing is sent until `waitsUntil`; `half-open`: one request at a
   * time, until one succeeds. Null: not known; nothing is sent to the endpoint, or no process has told.
   */
  breaker: z.enum(['closed', 'open', 'half-open']).nullable(),
  /** Nothing is sent before: the breaker is open, or the endpoint asked for patience. */
  waitsUntil: timestamp.nullable(),
  /** Requests that may be in flight, where failures have left fewer than usual; null: as many as usual. */
  window: z.number().nullable(),
  /** Requests per second, where the endpoint took no more; null: as the settings say. */
  rate: z.number().nullable(),
};
export const endpointStateOut: z.ZodObject<typeof endpointStateFields> =
  z.object(endpointStateFields);

const troubledEndpointsFields = {
  /** The longest in trouble first. */
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
  /** As it was given; null: not set, or a secret. User and password of URLs are left out. */
  value: z.string().nullable(),
  /** A secret that is set. */
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
