import { readdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { imageConfig, readDockerfile } from './dockerfile.ts';
import { PROGRAMS } from './programs.ts';
import { type Container, type Running, createStageFolders } from './stage-folders.ts';

const isWanted = process.env['CI'] === 'true' || process.env['TEST_CONTAINERS'] === '1';
const SKIPPED = 'installs packages: set TEST_CONTAINERS=1 (in CI it runs)';

const BUILD_MS = 180_000;
const STOP_MS = 20_000;
const isRoot = process.getuid?.() === 0;

/** What each program must also do, once it is healthy. */
const CHECKS: Readonly<Record<string, (url: string, container: Container) => Promise<void>>> = {
  async posthaste(_url, container) {
    const token = container.start(['node', 'bin/posthaste', 'token'], PROGRAMS['posthaste']?.needs);
    expect(await token.ended).toBe(0);
    expect(token.output()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  },
  async 'call-provider'(url) {
    const body = '{"name": "acme", "callbackURL": "http://127.0.0.1:1/calls"}';
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${url}/webhook`, { method: 'POST', headers, body })).status).toBe(200);
  },
  async 'call-center'(url) {
    const page = await fetch(url);
    const [, script = ''] = /<script[^>]+src="([^"]+)"/.exec(await page.text()) ?? [];
    const answer = await fetch(new URL(script, url));
    expect(answer.headers.get('content-type')).toMatch('javascript');
    expect(await answer.text()).not.toBe('');
  },
  async 'ip-notifier'(url) {
    expect((await fetch(`${url}/ip`)).status).toBe(200);
  },
};

describe.runIf(isWanted)('the commands of the Dockerfile, in folders', () => {
  const stages = readDockerfile();
  let folders: ReturnType<typeof createStageFolders>;
  const running = new Set<Running>();
  beforeAll(() => {
    folders = createStageFolders(stages);
  });
  afterAll(async () => {
    for (const one of running) one.kill('SIGKILL');
    await Promise.all([...running].map(({ ended }) => ended));
    folders.remove();
  });

  it.each(Object.entries(PROGRAMS))(
    'build %s, which becomes healthy and stops when it is told to',
    async (name, { needs, portVariable }) => {
      const stage = stages.find((one) => one.name === name);
      if (!stage) throw new Error(`there is no stage ${name}`);
      const { entrypoint, cmd, healthCheck, volumes, stopSignal } = imageConfig(stage);
      const container = await folders.container(stage);
      const port = await freePort();
      const settings = { ...needs, [portVariable]: String(port) };

      const isHealthy = async () =>
        (await container.start(healthCheck ?? [], settings).ended) === 0;
      expect(await isHealthy()).toBe(false);
      const program = container.start([...entrypoint, ...cmd], settings);
      running.add(program);
      const isUp = async () => {
        if (!program.isRunning()) throw new Error(`it ended:\n${program.output()}`);
        return isHealthy();
      };
      await waitFor(isUp, `${name} to be healthy`, 30_000);

      await CHECKS[name]?.(`http://127.0.0.1:${port}`, container);
      const data = volumes.flatMap((volume) =>
        readdirSync(container.path(volume)).map((file) => `${container.path(volume)}/${file}`),
      );
      expect(data.filter((file) => /\.(db|sqlite)$/.test(file))).toHaveLength(1);
      if (isRoot) for (const file of data) expect(statSync(file).uid).not.toBe(0);

      const since = performance.now();
      program.kill(stopSignal as NodeJS.Signals);
      const ended = await program.ended;
      expect({ ended, output: program.output() }).toMatchObject({ ended: 0 });
      expect(performance.now() - since).toBeLessThan(STOP_MS);
    },
    BUILD_MS,
  );
});

it.skipIf(isWanted)('the commands of the Dockerfile, in folders', ({ skip }) => skip(SKIPPED));
