import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsReader as callCenter } from '../../apps/call-center/src/settings.ts';
import { settingsReader as callProvider } from '../../apps/call-provider/src/settings.ts';
import { settingsReader as ipNotifier } from '../../apps/ip-notifier/src/settings.ts';
import { environmentName, settingKeys } from '../../src/config/settings.ts';

/** Finds mistakes in the Dockerfile and the compose files without a container engine. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, 'utf8');

/** The environment variables that each image's program reads, by the name of its stage. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  posthaste: settingKeys.map(environmentName),
  'call-provider': variables(callProvider),
  'call-center': variables(callCenter),
  'ip-notifier': variables(ipNotifier),
};

function variables(reader: { help(): string }): string[] {
  const flags = [...reader.help().matchAll(/^ +--([a-z0-9-]+) <value>/gm)];
  return flags.map(([, flag = '']) => flag.toUpperCase().replaceAll('-', '_'));
}

interface Stage {
  readonly name: string;
  readonly base: string;
  /** The instructions of the stage, after those of the stages below. */
  readonly lines: readonly string[];
}

const stages: Stage[] = [];
for (const text of read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .split(/^(?=FROM )/m)
  .slice(1)) {
  const lines = text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter(Boolean);
  const [, base = '', , name = ''] = lines[0]?.split(' ') ?? [];
  const below = stages.find((stage) => stage.name === base)?.lines ?? [];
  stages.push({ name, base, lines: [...below, ...lines.slice(1)] });
}

function argumentsOf(stage: Stage | undefined, keyword: string): string[] {
  const lines = stage?.lines.filter((line) => line.startsWith(`${keyword} `)) ?? [];
  return lines.map((line) => line.slice(keyword.length + 1).trim());
}

function environmentOf(stage: Stage | undefined): Map<string, string> {
  const words = argumentsOf(stage, 'ENV').flatMap((line) => line.split(/\s+/));
  return new Map(words.map((word) => word.split('=', 2) as [string, string]));
}

describe('the Dockerfile', () => {
  it('builds on the Node.js that the repository pins, and on its own stages', () => {
    const major = /"node": "\^(\d+)\./.exec(read('package.json'))?.[1];
    expect(read('Dockerfile')).toContain(`ARG NODE_VERSION=${major}\n`);
    for (const [index, { base }] of stages.entries()) {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      expect(['node:${NODE_VERSION}-bookworm-slim', ...earlier]).toContain(base);
    }
    expect(stages.at(-1)?.name).toBe('posthaste');
  });

  it('copies only from earlier stages, or files that exist and are not ignored', () => {
    const shown =
      read('.dockerignore')
        .match(/^!.*$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const missing: string[] = [];
    for (const [index, stage] of stages.entries()) {
      for (const copy of argumentsOf(stage, 'COPY')) {
        const from = /^--from=(\S+)/.exec(copy)?.[1];
        if (from !== undefined) {
          expect(stages.slice(0, index).map(({ name }) => name)).toContain(from);
          continue;
        }
        for (const source of copy.split(/\s+/).slice(0, -1)) {
          // Not every builder finds `apps/kit` when .dockerignore admits only `apps/*/src`.
          const isShown = (one: string) =>
            matchesGlob(source, one) ||
            matchesGlob(source, `${one}/**`) ||
            one.startsWith(`${source}/`);
          if (!existsSync(ROOT + source) || !shown.some(isShown)) missing.push(source);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('installs with the manifest of each workspace in the lock file', () => {
    const copied = argumentsOf(stages[0], 'COPY').join(' ');
    const apps = readdirSync(`${ROOT}apps`).filter((app) =>
      existsSync(`${ROOT}apps/${app}/package.json`),
    );
    expect(apps).not.toEqual([]);
    for (const app of apps) expect(copied).toContain(`apps/${app}/package.json`);
    expect(copied).toContain('faces/package.json');
  });

  it.each(Object.entries(PROGRAMS))(
    'starts %s with Node.js and existing settings',
    (name, settings) => {
      const stage = stages.find((one) => one.name === name);
      const entrypoint = JSON.parse(argumentsOf(stage, 'ENTRYPOINT')[0] ?? '') as string[];
      // Signals must reach Node.js itself.
      expect(entrypoint[0]).toBe('node');
      expect(existsSync(ROOT + entrypoint.at(-1))).toBe(true);
      expect(argumentsOf(stage, 'HEALTHCHECK')[0]).toContain(' CMD ["node", "-e", ');
      expect(argumentsOf(stage, 'USER')[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(argumentsOf(stage, 'VOLUME')).toEqual(['/data']);
      const environment = environmentOf(stage);
      expect(environment.get('NODE_ENV')).toBe('production');
      environment.delete('NODE_ENV');
      for (const variable of environment.keys()) expect(settings).toContain(variable);
      const port = [...environment].find(([key]) => key.endsWith('PORT'))?.[1];
      expect(argumentsOf(stage, 'EXPOSE')).toEqual([port]);
    },
  );
});

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly environment: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly networks?: { readonly default: { readonly ipv4_address: string } };
}

/** The program of a service of this repository; undefined for images of others. Some services share an image. */
function programOf({ image = '' }: Service): string | undefined {
  const name = image.replace(/^posthaste-/, '');
  return name in PROGRAMS ? name : undefined;
}

describe.each(readdirSync(ROOT).filter((file) => /^compose.*\.yaml$/.test(file)))('%s', (file) => {
  const { services, volumes } = parse(read(file), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, null>;
  };

  it('builds each of its images once', () => {
    const built = Object.values(services).filter(({ build }) => build);
    for (const service of built) expect(service.build?.target).toBe(programOf(service));
    const used = new Set(Object.values(services).flatMap((service) => programOf(service) ?? []));
    expect(built).toHaveLength(used.size);
    expect(new Set(built.map(programOf))).toEqual(used);
  });

  it.each(Object.entries(services).filter(([, service]) => programOf(service)))(
    'runs %s with existing settings and the least privileges',
    (_name, service) => {
      const target = programOf(service) ?? '';
      for (const key of Object.keys(service.environment)) expect(PROGRAMS[target]).toContain(key);
      const [port] = argumentsOf(
        stages.find(({ name }) => name === target),
        'EXPOSE',
      );
      // Published only on the loopback, because the connection is plain HTTP.
      for (const published of service.ports ?? [])
        expect(published).toBe(`127.0.0.1:${port}:${port}`);
      for (const name of Object.keys(service.depends_on ?? {}))
        expect(services).toHaveProperty(name);
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        // The programs stop by themselves within 20 seconds.
        stop_grace_period: '25s',
        init: true,
      });
    },
  );

  it('declares its volumes, and has no default secret', () => {
    const used = Object.values(services).flatMap((service) => service.volumes ?? []);
    expect(new Set(used.map((volume) => volume.split(':')[0]))).toEqual(
      new Set(Object.keys(volumes)),
    );
    const secrets = Object.values(services)
      .flatMap(({ environment }) => Object.entries(environment))
      .filter(([key]) => /SECRET|TOKEN|PASS|RABBITMQ_URI|TRANSPORTER/.test(key));
    for (const [, value] of secrets) expect(value).toMatch(/\$\{\w+:\?make one with/);
  });

  const engine = spawnSync('docker', ['compose', 'version']);
  it.skipIf(engine.status !== 0)('is accepted by docker compose', () => {
    const names = [...read(file).matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => [name, 'x']);
    const { stderr } = spawnSync('docker', ['compose', '-f', file, 'config', '--quiet'], {
      cwd: ROOT,
      env: { ...process.env, ...Object.fromEntries(names) },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});

describe('compose.scale.yaml, as a fleet', () => {
  const { services, configs } = parse(read('compose.scale.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    configs: Record<string, { readonly content: string }>;
  };
  const posthaste = Object.entries(services).filter(([, service]) => programOf(service));
  const withRole = (role: string) =>
    posthaste
      .filter(([, { environment }]) => environment['POSTHASTE_ROLES'] === role)
      .map(([name]) => name);

  it('has two processes that accept and two that deliver, on one database and one broker', () => {
    expect([withRole('api'), withRole('worker')]).toEqual([
      ['api-1', 'api-2'],
      ['worker-1', 'worker-2'],
    ]);
    for (const key of ['DATABASE_URL', 'QUEUE_URL', 'JWT_SECRET', 'SECRETS_KEY']) {
      const values = posthaste.map(([, { environment }]) => environment[`POSTHASTE_${key}`]);
      expect(new Set(values).size).toBe(1);
      expect(values[0]).toBeTruthy();
    }
    const { POSTHASTE_DATABASE_URL: database, POSTHASTE_QUEUE_URL: queue } =
      posthaste[0]?.[1].environment ?? {};
    expect(new URL(String(database).replaceAll(/\$\{.*?\}/g, 'x')).hostname).toBe('postgres');
    expect(new URL(String(queue).replaceAll(/\$\{.*?\}/g, 'x')).hostname).toBe('rabbitmq');
  });

  it('has a health check of workers, so that each is replaced only when the one before has started', () => {
    for (const name of withRole('worker')) {
      const { environment, healthcheck } = services[name] ?? {};
      const port = environment?.['POSTHASTE_METRICS_PORT'];
      expect(healthcheck?.test?.at(-1)).toContain(`fetch("http://127.0.0.1:${port}/started")`);
    }
  });

  it('balances over the accepting processes, and publishes no other port', () => {
    const content = configs['balancer']?.content ?? '';
    // Addresses, not names: a name that changes its address would fail requests to the other process.
    const upstreams = [...content.matchAll(/server (\S+) max_fails=0;/g)].map(([, to]) => to);
    expect(upstreams).toEqual(
      withRole('api').map((name) => `${services[name]?.networks?.default.ipv4_address}:8071`),
    );
    expect(services['balancer']?.ports).toEqual(['127.0.0.1:8071:8071']);
    expect(content).toContain('listen 8071;');
    // Compose would replace a single dollar sign, which begins a variable of nginx.
    expect(content.replaceAll('$$', '')).not.toContain('$');
    const published = Object.entries(services).filter(([, { ports }]) => ports);
    expect(published.map(([name]) => name)).toEqual(['balancer']);
  });
});
