import { spawnSync } from 'node:child_process';
import { BlockList } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Service, readCompose, requiredVariables } from './compose.ts';
import { ROOT, imageConfig, readDockerfile } from './dockerfile.ts';
import { PROGRAMS } from './programs.ts';

const SECRETS: Readonly<Record<string, string>> = {
  POSTHASTE_JWT_SECRET: 'hGPfVQoDNd6yB1Ol2s8GgUEZ7W6kAHqJbmfcqXzNfSc=',
  POSTHASTE_SECRETS_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  RABBITMQ_PASSWORD: '6d0f6ad62f7c1b1c',
  ADMIN_TOKEN: '3f2c9a5be1d04477',
};

const FILES: Readonly<Record<string, { services: string[]; secrets: string[] }>> = {
  'compose.yaml': {
    services: ['posthaste'],
    secrets: ['POSTHASTE_JWT_SECRET', 'POSTHASTE_SECRETS_KEY'],
  },
  'compose.calls.yaml': {
    services: ['call-provider', 'call-center', 'rabbitmq'],
    secrets: ['RABBITMQ_PASSWORD'],
  },
  'compose.ip-notifier.yaml': {
    services: ['backend', 'webhooks', 'rabbitmq'],
    secrets: ['ADMIN_TOKEN', 'RABBITMQ_PASSWORD'],
  },
};

const stages = readDockerfile();

function imageOf({ build }: Service) {
  const stage = stages.find(({ name }) => name === build?.target);
  const program = PROGRAMS[build?.target ?? ''];
  if (!stage || !program) throw new Error(`${build?.target} is no image of a program`);
  return { config: imageConfig(stage), program };
}

function setIn({ environment }: Service): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

describe.each(Object.entries(FILES))('%s', (file, { services: names, secrets }) => {
  const compose = readCompose(file, SECRETS);
  const services = Object.entries(compose.services);
  const programs = services.filter(([, { build }]) => build);
  const brokers = services.filter(([, { build }]) => !build);

  it('has its services', () => {
    expect(Object.keys(compose.services)).toEqual(names);
  });

  it('does not start without its secrets, and says how to make them', () => {
    expect(requiredVariables(file)).toEqual(secrets);
    for (const secret of secrets) {
      const { [secret]: _without, ...rest } = SECRETS;
      expect(() => readCompose(file, rest)).toThrow(`${secret}: make one with "openssl`);
    }
    const values = programs.flatMap(([, service]) => Object.entries(setIn(service)));
    const secret = values.filter(([key]) => /SECRET|TOKEN|PASS|RABBITMQ_URI|TRANSPORTER/.test(key));
    for (const [, value] of secret) {
      expect(Object.values(SECRETS).some((one) => value.includes(one))).toBe(true);
    }
  });

  it.each(programs)('sets only settings of %s, which it takes', (_name, service) => {
    const { config, program } = imageOf(service);
    for (const key of Object.keys(service.environment)) expect(program.variables).toContain(key);
    const { NODE_ENV: _, ...env } = config.env;
    expect(() => program.read({ ...env, ...setIn(service) })).not.toThrow();
  });

  it.each(programs)('publishes the port that %s listens on', (_name, { ports, ...service }) => {
    const { config } = imageOf({ ports, ...service });
    const [listening] = config.ports;
    const isReached = service.environment['ROLES'] !== 'webhooks';
    expect(ports).toEqual(isReached ? [`127.0.0.1:${listening}:${listening}`] : []);
  });

  it.each(programs)('runs %s with as little as it needs', (_name, service) => {
    const { config } = imageOf(service);
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    const writable = [
      ...service.tmpfs,
      ...service.volumes.map((volume) => volume.replace(/^.*:/, '')),
    ];
    expect(writable.toSorted()).toEqual([...config.volumes, '/tmp'].toSorted());
    // They stop within 20 seconds by themselves.
    expect(Number.parseInt(service.stop_grace_period)).toBeGreaterThan(20);
  });

  it('declares the volumes that it uses, each for one service', () => {
    const used = services.flatMap(([, { volumes }]) =>
      volumes.map((volume) => volume.replace(/:.*$/, '')),
    );
    expect(used.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  it('addresses its own services, at their ports', () => {
    const urls = programs
      .flatMap(([, service]) => Object.values(setIn(service)))
      .filter((value) => /^(amqp|http)s?:/.test(value))
      .map((value) => new URL(value));
    for (const { protocol, hostname, port } of urls) {
      const service = compose.services[hostname];
      if (!service) throw new Error(`${hostname} is not a service`);
      if (protocol === 'http:') expect(imageOf(service).config.ports).toContain(Number(port));
      else expect(service.image).toMatch(/^rabbitmq:/);
    }
    expect(urls).toHaveLength({ 'compose.yaml': 0, 'compose.calls.yaml': 4 }[file] ?? 2);
  });

  it.each(brokers)('keeps what %s has, and waits until it is healthy', (name, broker) => {
    expect(broker.image).toMatch(/^rabbitmq:\d+$/);
    expect(broker.ports).toEqual([]);
    expect(broker.hostname).toBe('rabbitmq');
    expect(broker.volumes).toEqual(['rabbitmq:/var/lib/rabbitmq']);
    expect(broker.healthcheck).toHaveProperty('test.1', 'rabbitmq-diagnostics');
    const { RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password } = broker.environment;
    for (const [, service] of programs) {
      expect(service.depends_on).toEqual({ [name]: { condition: 'service_healthy' } });
      const { RABBITMQ_URI, TRANSPORTER } = service.environment;
      expect(RABBITMQ_URI ?? TRANSPORTER).toBe(`amqp://${user}:${password}@${name}`);
    }
  });

  const client = spawnSync('docker', ['compose', 'version']);
  it.skipIf(client.status !== 0)('is accepted by docker compose', () => {
    const { status, stderr } = spawnSync('docker', ['compose', '-f', file, 'config', '--quiet'], {
      cwd: fileURLToPath(ROOT),
      env: { ...process.env, ...SECRETS },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

it('the call provider may reach the call center, and no other private address', () => {
  const { services, networks } = readCompose('compose.calls.yaml', SECRETS);
  const address = services['call-center']?.networks['default']?.ipv4_address ?? '';
  expect(services['call-provider']?.environment['ALLOW_NETWORKS']).toBe(address);
  const [network = '', bits] = networks['default']?.ipam.config[0].subnet.split('/') ?? [];
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(bits));
  expect(subnet.check(address)).toBe(true);
});

it('two nodes are the whole of ip-notifier', () => {
  const { services } = readCompose('compose.ip-notifier.yaml', SECRETS);
  const roles = ['backend', 'webhooks'].map((name) => services[name]?.environment['ROLES']);
  expect(roles).toEqual(['backend', 'webhooks']);
  expect(services['webhooks']?.environment['ALLOW_NETWORKS']).toBe('');
});
