import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from './dockerfile.ts';

const duration = z.string().regex(/^\d+s$/);
const healthCheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: duration,
    timeout: duration,
    start_period: duration,
  }),
]);

const service = z.strictObject({
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  image: z.string(),
  hostname: z.string().optional(),
  /** Null: taken over from the environment, when it is there. */
  environment: z.record(z.string(), z.string().nullable()),
  /** Of this machine's loopback, so that only what runs here is trusted with plain HTTP. */
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).default([]),
  volumes: z.array(z.string().regex(/^[\w-]+:\/[\w/]+$/)).default([]),
  tmpfs: z.array(z.string().startsWith('/')).default([]),
  networks: z.record(z.string(), z.strictObject({ ipv4_address: z.ipv4() })).default({}),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.literal('service_healthy') }))
    .default({}),
  healthcheck: healthCheck.optional(),
  restart: z.literal('unless-stopped'),
  stop_grace_period: duration,
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
});

const network = z.strictObject({
  ipam: z.strictObject({ config: z.tuple([z.strictObject({ subnet: z.cidrv4() })]) }),
});

/** The part of the Compose Specification that these files use; anything else is a mistake. */
const project = z.strictObject({
  name: z.string().regex(/^[a-z][a-z-]*$/),
  services: z.record(z.string(), service),
  networks: z.record(z.string(), network).default({}),
  volumes: z.record(z.string(), z.null()),
});

export type Service = z.output<typeof service>;
export type Project = z.output<typeof project>;

/** A compose file as Compose reads it. Throws when a variable that must be set is not. */
export function readCompose(file: string, environment: Readonly<Record<string, string>>): Project {
  const content = parse(readFileSync(new URL(file, ROOT), 'utf8'), { merge: true }) as object;
  const own = Object.entries(content).filter(([key]) => !key.startsWith('x-'));
  return project.parse(filledIn(Object.fromEntries(own), environment));
}

/** The variables that a compose file can't do without. */
export function requiredVariables(file: string): string[] {
  const text = readFileSync(new URL(file, ROOT), 'utf8');
  return [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name))].toSorted();
}

function filledIn(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (match, name, kind, more) => {
      const given = environment[name] ?? '';
      if (given !== '') return given;
      if (kind === '-') return more;
      throw new Error(kind === '?' ? `${name}: ${more}` : `${match} may be empty`);
    });
  }
  if (Array.isArray(value)) return value.map((item) => filledIn(item, environment));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, filledIn(item, environment)]);
  return Object.fromEntries(entries);
}
