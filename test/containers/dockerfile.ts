import { readFileSync } from 'node:fs';
import {
  DockerfileParser,
  type Flag,
  type ModifiableInstruction,
  type Instruction as Parsed,
} from 'dockerfile-ast';

export interface Instruction {
  readonly keyword: string;
  /** `--from=build` is `from` → `build`. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows the flags, on one line. */
  readonly text: string;
  readonly words: readonly string[];
  /** The words of the JSON form; null in the shell form. */
  readonly exec: readonly string[] | null;
}

export interface Stage {
  readonly name: string;
  /** The image it is built on, variables filled in; null when it is built on a stage. */
  readonly image: string | null;
  readonly parent: Stage | null;
  readonly instructions: readonly Instruction[];
}

/** What a container of a stage starts with, as an engine works it out. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly stopSignal: string;
  readonly healthCheck: readonly string[] | null;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

export const ROOT = new URL('../../', import.meta.url);

/** The stages, in order. Throws when one is built on a stage that is not there before it. */
export function readDockerfile(text = readFileSync(new URL('Dockerfile', ROOT), 'utf8')): Stage[] {
  const defaults = new Map<string, string>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const parsed of DockerfileParser.parse(text).getInstructions()) {
    const instruction = read(parsed);
    const current = stages.at(-1);
    if (instruction.keyword === 'FROM') {
      const [base = '', as, name = ''] = instruction.words;
      if (as?.toUpperCase() !== 'AS') throw new Error(`FROM ${base} has no name`);
      const parent = stages.find((stage) => stage.name === base) ?? null;
      const image = parent === null ? expand(base, defaults) : null;
      stages.push({ name, image, parent, instructions: [] });
    } else if (current) current.instructions.push(instruction);
    else for (const [key, value] of pairs(instruction.words)) defaults.set(key, value);
  }
  return stages;
}

/** The instructions of the stages that it is built on, then its own. */
export function allInstructions(stage: Stage): readonly Instruction[] {
  return [...(stage.parent ? allInstructions(stage.parent) : []), ...stage.instructions];
}

export function imageConfig(stage: Stage): ImageConfig {
  // Those of Node's own image.
  const config = stage.parent
    ? { ...imageConfig(stage.parent) }
    : { ...UNSET, entrypoint: ['docker-entrypoint.sh'], cmd: ['node'] };
  const ownCmd = stage.instructions.some(({ keyword }) => keyword === 'CMD');
  for (const { keyword, words, exec, text } of stage.instructions) {
    if (keyword === 'ENV') config.env = { ...config.env, ...Object.fromEntries(pairs(words)) };
    if (keyword === 'WORKDIR') config.workdir = new URL(text, `file://${config.workdir}/`).pathname;
    if (keyword === 'USER') config.user = text;
    if (keyword === 'VOLUME') config.volumes = [...config.volumes, ...(exec ?? words)];
    if (keyword === 'EXPOSE') config.ports = [...config.ports, ...words.map(Number)];
    if (keyword === 'STOPSIGNAL') config.stopSignal = text;
    if (keyword === 'HEALTHCHECK') config.healthCheck = exec;
    if (keyword === 'CMD') config.cmd = inShell(exec, text);
    if (keyword === 'ENTRYPOINT') {
      config.entrypoint = inShell(exec, text);
      // The command of the image below would be arguments that nobody meant.
      if (!ownCmd) config.cmd = [];
    }
  }
  return config;
}

const UNSET = {
  env: {} as Readonly<Record<string, string>>,
  workdir: '/',
  user: 'root',
  volumes: [] as readonly string[],
  ports: [] as readonly number[],
  stopSignal: 'SIGTERM',
  healthCheck: null as readonly string[] | null,
  entrypoint: [] as readonly string[],
  cmd: [] as readonly string[],
};

function read(parsed: Parsed): Instruction {
  const keyword = parsed.getKeyword();
  const text = (parsed.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, '').trim();
  const json = keyword === 'HEALTHCHECK' ? text.replace(/^CMD\s+/, '') : text;
  return {
    keyword,
    flags: new Map(flagsOf(parsed).map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    text,
    words: text.split(/\s+/),
    exec: json.startsWith('[') ? (JSON.parse(json) as string[]) : null,
  };
}

function flagsOf(parsed: Parsed): Flag[] {
  return 'getFlags' in parsed ? (parsed as ModifiableInstruction).getFlags() : [];
}

function pairs(words: readonly string[]): [string, string][] {
  return words.map((word) => {
    const [, key, value] = /^(\w+)=(.*)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) throw new Error(`${word} is not KEY=value`);
    return [key, value];
  });
}

function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_match, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${name} has no value`);
    return value;
  });
}

function inShell(exec: readonly string[] | null, text: string): readonly string[] {
  return exec ?? ['/bin/sh', '-c', text];
}
