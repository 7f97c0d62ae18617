import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { environmentName, settingKeys } from '../../src/config/settings.ts';

/** Checks the manifests by the schemas of Kubernetes, which an npm package contains. */

const FOLDER = join(import.meta.dirname, '../../deploy/kubernetes');
const MODULES = join(import.meta.dirname, '../../node_modules');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec?: Spec;
  readonly data?: Readonly<Record<string, string>>;
}

interface Spec {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly scaleTargetRef?: { readonly name: string };
  readonly template?: {
    readonly metadata: Manifest['metadata'];
    readonly spec: {
      readonly terminationGracePeriodSeconds?: number;
      readonly enableServiceLinks?: boolean;
      readonly containers: readonly {
        readonly args: readonly string[];
        readonly env?: readonly { readonly name: string; readonly value: string }[];
        readonly livenessProbe?: object;
      }[];
    };
  };
}

const SCHEMAS: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'IoK8sApiCoreV1ConfigMap',
  'v1 Service': 'IoK8sApiCoreV1Service',
  'v1 ServiceAccount': 'IoK8sApiCoreV1ServiceAccount',
  'apps/v1 Deployment': 'IoK8sApiAppsV1Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler': 'IoK8sApiAutoscalingV2HorizontalPodAutoscaler',
  'batch/v1 Job': 'IoK8sApiBatchV1Job',
  'policy/v1 PodDisruptionBudget': 'IoK8sApiPolicyV1PodDisruptionBudget',
};

function read(file: string): Manifest[] {
  const documents = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'));
  return documents.map((document) => document.toJS() as Manifest);
}

const [kustomization] = read('kustomization.yaml') as unknown as { resources: string[] }[];
const manifests = (kustomization?.resources ?? []).flatMap(read);
const of = (kind: string) => manifests.filter((one) => one.kind === kind);

describe('each manifest matches its schema', () => {
  test.each(manifests.map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s',
    async (_name, manifest) => {
      const schema = SCHEMAS[`${manifest.apiVersion} ${manifest.kind}`] ?? '';
      const path = `kubernetes-models/_schemas/${schema}`;
      const { validate } = (await import(path)) as { validate: Validate };
      expect([validate(manifest), validate.errors]).toEqual([true, null]);
      // The schemas ignore unknown members, which a cluster would drop.
      const known = wordsOf(join(MODULES, `${path}.js`));
      expect(namesIn(manifest).filter((name) => !known.has(name))).toEqual([]);
    },
  );

  test('a member of a wrong type is found', async () => {
    const { validate } =
      (await import('kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget')) as {
        validate: Validate;
      };
    const [budget] = of('PodDisruptionBudget');
    expect(validate({ ...budget, spec: { ...budget?.spec, maxUnavailable: [] } })).toBe(false);
  });
});

type Validate = ((manifest: unknown) => boolean) & { readonly errors: unknown };

/** All words of a compiled schema and of the schemas to which it refers. */
function wordsOf(file: string, read = new Set<string>()): Set<string> {
  read.add(file);
  const source = readFileSync(file, 'utf8');
  const words = new Set(source.match(/\w+/g));
  for (const [, name = ''] of source.matchAll(/from"([^"]+)"/g)) {
    if (!/^\.|_schemas/.test(name)) continue;
    const other = name.startsWith('.') ? join(dirname(file), name) : join(MODULES, `${name}.js`);
    if (!read.has(other)) for (const word of wordsOf(other, read)) words.add(word);
  }
  return words;
}

/** The names of all members, except free ones such as labels. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  // Labels have a slash in their names.
  const members = Object.entries(value).filter(([name]) => !name.includes('/'));
  return members.flatMap(([name, member]) =>
    FREE.has(name) ? [name] : [name, ...namesIn(member)],
  );
}

const FREE = new Set(['labels', 'matchLabels', 'annotations', 'data', 'requests', 'limits']);

test('no pod gets the variables of Services, whose names look like settings', () => {
  const pods = manifests.flatMap(({ spec }) => spec?.template?.spec ?? []);
  expect(pods.map(({ enableServiceLinks }) => enableServiceLinks)).toEqual([false, false, false]);
});

test('each role has a deployment with probes, a disruption budget and an autoscaler', () => {
  for (const role of ['api', 'worker']) {
    const deployment = of('Deployment').find(({ spec }) =>
      spec?.template?.spec.containers.some(({ env }) =>
        env?.some(({ name, value }) => name === 'POSTHASTE_ROLES' && value === role),
      ),
    );
    const { name = '' } = deployment?.metadata ?? {};
    const template = deployment?.spec?.template;
    expect(template?.spec.containers[0]?.livenessProbe).toBeDefined();
    expect(template?.spec.terminationGracePeriodSeconds).toBeGreaterThan(25);
    const selected = deployment?.spec?.selector?.matchLabels;
    expect(template?.metadata.labels).toEqual(selected);
    expect(of('PodDisruptionBudget').map(({ spec }) => spec?.selector?.matchLabels)).toContainEqual(
      selected,
    );
    expect(of('HorizontalPodAutoscaler').map(({ spec }) => spec?.scaleTargetRef?.name)).toContain(
      name,
    );
  }
  const [service] = of('Service');
  const [api] = of('Deployment').filter(({ metadata }) => metadata.name === 'posthaste-api');
  expect(service?.spec?.selector).toEqual(api?.spec?.selector?.matchLabels);
  expect(of('Job')[0]?.spec?.template?.spec.containers[0]?.args).toEqual(['migrate']);
});

test('the settings exist and have valid values', () => {
  const known = new Set(settingKeys.map(environmentName));
  const [{ data = {} } = {}] = of('ConfigMap');
  expect(Object.keys(data).filter((name) => !known.has(name))).toEqual([]);
  const page = readFileSync(join(FOLDER, '../../docs/kubernetes.md'), 'utf8');
  const secrets = [...page.matchAll(/--from-literal=(\w+)=/g)].map(([, name = '']) => name);
  expect(secrets.filter((name) => !known.has(name))).toEqual([]);
  const env = {
    ...data,
    POSTHASTE_ROLES: 'api',
    POSTHASTE_DATABASE_URL: 'postgres://user@host/name',
    POSTHASTE_JWT_SECRET: 'a secret of at least thirty-two bytes',
  };
  expect(loadConfig({ env, cwd: FOLDER, required: ['jwtSecret'] })).toMatchObject({
    port: 8071,
    metricsPort: 9464,
  });
});
