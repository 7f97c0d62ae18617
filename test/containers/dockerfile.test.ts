import { readFileSync, readdirSync } from 'node:fs';
import { expect, describe, it } from 'vitest';
import { contextFiles, createIgnore } from './build-context.ts';
import { ROOT, allInstructions, imageConfig, readDockerfile } from './dockerfile.ts';
import { PROGRAMS } from './programs.ts';

const stages = readDockerfile();
const files = contextFiles();
const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  devDependencies: Record<string, string>;
};

function stageNamed(name: string) {
  const stage = stages.find((one) => one.name === name);
  if (!stage) throw new Error(`there is no stage ${name}`);
  return stage;
}

function isInContext(path: string): boolean {
  return files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
}

describe('the stages', () => {
  it('have names of their own, and posthaste is what is built by default', () => {
    const names = stages.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.at(-1)).toBe('posthaste');
  });

  it('start from the slim image of the Node.js that the repository pins', () => {
    const [, major] = /^\^(\d+)\./.exec(manifest.devDependencies['node'] ?? '') ?? [];
    const images = stages.flatMap(({ image }) => image ?? []);
    expect(images).not.toEqual([]);
    for (const image of images) expect(image).toBe(`node:${major}-bookworm-slim`);
  });

  it('are each a program or of use to a later one', () => {
    const used = new Set(Object.keys(PROGRAMS));
    for (const { parent, instructions } of stages) {
      if (parent) used.add(parent.name);
      for (const { flags } of instructions) used.add(flags.get('from') ?? '');
    }
    expect(stages.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  it('copy what is there: from an earlier stage, or not hidden by .dockerignore', () => {
    const missing: string[] = [];
    let copies = 0;
    for (const [i, stage] of stages.entries()) {
      for (const { keyword, flags, words } of stage.instructions) {
        expect(keyword).not.toBe('ADD');
        if (keyword !== 'COPY') continue;
        copies++;
        const from = flags.get('from');
        if (from !== undefined) expect(stages.slice(0, i).map(({ name }) => name)).toContain(from);
        else missing.push(...words.slice(0, -1).filter((source) => !isInContext(source)));
      }
    }
    expect(copies).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  it('install with the manifests of all workspaces, which the lock file is about', () => {
    const manifests = readdirSync(new URL('apps/', ROOT))
      .map((app) => `apps/${app}/package.json`)
      .filter((path) => files.includes(path));
    const copied = stageNamed('manifests').instructions.flatMap(({ words }) => words);
    expect(copied).toEqual(expect.arrayContaining([...manifests, 'package-lock.json']));
    expect(manifests.length).toBeGreaterThanOrEqual(3);
  });
});

describe.each(Object.entries(PROGRAMS))('the image %s', (name, program) => {
  const config = imageConfig(stageNamed(name));

  it('runs as a numbered user that is not root', () => {
    expect(config.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('starts node itself, so that signals reach it, which stops at SIGTERM', () => {
    const forms = allInstructions(stageNamed(name)).filter(({ keyword }) =>
      ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].includes(keyword),
    );
    const inShell = forms.filter(({ exec }) => exec === null).map(({ text }) => text);
    expect(inShell).toEqual([]);
    expect(config.entrypoint[0]).toBe('node');
    expect(isInContext(config.entrypoint.at(-1) ?? '')).toBe(true);
    expect(config.stopSignal).toBe('SIGTERM');
  });

  it('checks its health with nothing but node', () => {
    expect(config.healthCheck?.slice(0, 2)).toEqual(['node', '-e']);
    expect(config.healthCheck?.[2]).toContain(`process.env.${program.portVariable}`);
  });

  it('sets nothing but settings of the program, which take it', () => {
    const { NODE_ENV, ...env } = config.env;
    expect(NODE_ENV).toBe('production');
    for (const variable of Object.keys(env)) expect(program.variables).toContain(variable);
    expect(() => program.read({ ...program.needs, ...env })).not.toThrow();
    expect(config.ports).toEqual([Number(env[program.portVariable])]);
  });

  it('keeps its data in the volume', () => {
    expect(config.volumes).toEqual(['/data']);
    const paths = Object.entries(config.env).filter(([key]) =>
      /SQLITE_FILE|DATABASE_URL/.test(key),
    );
    expect(paths).toHaveLength(1);
    for (const [, value] of paths) expect(value).toMatch(/^(sqlite:)?\/data\/[\w-]+\.\w+$/);
  });
});

describe('.dockerignore', () => {
  it('lets nothing into an image that is not for it', () => {
    const foreign =
      /(^|\/)(\.|test\/|dist\/|data\/|docs\/|bench\/)|\.test\.ts$|\.(log|db|sqlite|md)$/;
    expect(files.filter((file) => foreign.test(file))).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });

  it.each([
    ['*', 'a/b/.env', true],
    ['*\n!src', 'src/x/y.ts', false],
    ['*\n!apps/*/src', 'apps/a/src/x.ts', false],
    ['*\n!apps/*/src', 'apps/a/b/src/x.ts', true],
    ['*\n!src\n**/*.test.ts', 'src/x/y.test.ts', true],
    ['*\n!src\n**/*.test.ts', 'src/x/y.test.tsx', false],
    ['# a\n\nfoo?', 'food', true],
    ['a.c', 'abc', false],
  ])('%j on %s: %s', (text, path, hidden) => {
    expect(createIgnore(text)(path)).toBe(hidden);
  });
});
