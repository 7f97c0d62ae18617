import { execFile } from 'node:child_process';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiOperation } from '../../src/cli/api/api-operation.ts';
import { readOperations } from '../../src/cli/api/read-operations.ts';
import { whyNoProgram } from '../support/debian.ts';
import { type CommandFolder, openCommandFolder } from '../support/command.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';

/** The command as a client of a server: every resource of the API, profiles, completion. */

let app: HttpApp;
let place: CommandFolder;

beforeAll(async () => {
  app = await startHttpApp();
  place = openCommandFolder();
  place.knows(app.url, app.token);
});
afterAll(async () => {
  await place.close();
  await app.close();
});

const words = (line: string) => line.split(' ');

describe('resources of the API', () => {
  test('a resource is created, listed and changed at the server that dev runs in this folder', async () => {
    const created = await place.run(
      words('app create --name Acme --uid acme --metadata plan=pro --metadata tier=1'),
    );
    expect(created.stderr).toBe('');
    expect(created.stdout).toMatch(/^metadata +\{"plan":"pro","tier":"1"\}$/m);

    const list = await place.run(words('app list'));
    expect(list.stdout).toMatch(/^ID +NAME +UID .*\napp_\w+ +Acme +acme /);

    const changed = await place.run(words('app patch acme --throttle-rate 5 --json'));
    expect(JSON.parse(changed.stdout)).toMatchObject({ name: 'Acme', throttleRate: 5 });
  });

  test('a variable with a misspelt name is reported beside the answer', async () => {
    const env = { POSTHASTE_PROFIL: 'staging' };
    const { code, stdout, stderr } = await place.run(words('app list --json'), { env });
    expect(stderr).toBe(
      'posthaste: POSTHASTE_PROFIL has no effect: there is no such setting; did you mean POSTHASTE_PROFILE?\n',
    );
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({ code: 0, answer: { done: true } });
  });

  test('a payload keeps its digits as a flag, in --data and beside other flags', async () => {
    await place.run(words('app create --name Digits --uid digits'));
    const payload = '{"n":12345678901234567890,"m":1.0}';
    const by = [
      place.run(['msg', 'create', 'digits', '--event-type', 'a', '--payload', payload]),
      place.run(words('msg create digits --event-type b --data -'), {
        stdin: `{"payload":${payload}}`,
      }),
      place.run(['msg', 'create', 'digits', '--data', `{"eventType":"c","payload":${payload}}`]),
    ];
    expect((await Promise.all(by)).map(({ code }) => code)).toEqual([0, 0, 0]);
    const { stdout } = await place.run(words('msg list digits --json'));
    expect(stdout.split(payload)).toHaveLength(4);
  });

  test('--all lists everything; without it, a hint says how to go on', async () => {
    await Promise.all(
      ['x', 'y', 'z'].map((name) =>
        place.run(words(`event-type create --name all.${name} --data {"description":""}`)),
      ),
    );
    const first = await place.run(words('event-type list --limit 2'));
    expect(first.stderr).toMatch(/^There are more rows: use --all, or --iterator \S+\n$/);
    const all = await place.run(words('event-type list --limit 2 --all'));
    expect(all.stdout.match(/^all\.\w/gm)).toEqual(['all.x', 'all.y', 'all.z']);
    expect(all.stderr).toBe('');
  });

  test('the organization in a path comes from the token', async () => {
    const { stdout, code } = await place.run(words('api-token create --name ci --json'));
    expect(code).toBe(0);
    const { id } = JSON.parse(stdout) as { id: string };
    const got = await place.run(['api-token', 'get', id, '--json']);
    expect(JSON.parse(got.stdout)).toMatchObject({ id, name: 'ci' });
    expect(await place.run(['api-token', 'expire', id])).toMatchObject({ code: 0, stderr: '' });
  });

  test('operators need no JWT secret when they have a token', async () => {
    const status = await place.run(words('status'));
    expect(status.stdout).toMatch(/^PROCESS +NAME/);
    const exported = await place.run(words('export'));
    expect(JSON.parse(exported.stdout)).toMatchObject({ version: 1, secrets: 'withheld' });
    const { stdout } = await place.run(words('apply - --dry-run'), { stdin: exported.stdout });
    expect(stdout).toMatch(/^0 created, 0 updated, 0 deleted, \d+ unchanged; this was a dry run/);
  });

  test('status has the other operations of its resource', async () => {
    expect((await place.run(words('status settings'))).stdout).toMatch(/^NAME +GROUP .*\nhost /);
    const { stdout } = await place.run(words('status endpoints --json'));
    expect(JSON.parse(stdout)).toEqual({ data: [], isComplete: true });
    expect((await place.run(words('status endpoints'))).stdout).toBe('none\n\nisComplete  true\n');
  });

  test('input that is not UTF-8 is refused, and a byte order mark is removed', async () => {
    const latin = Readable.from([Buffer.from('{"name":"\u00fc"}', 'latin1')]);
    const { stderr, code } = await place.run(words('app create --data -'), { stdin: latin });
    expect({ stderr, code }).toEqual({
      stderr: 'posthaste: standard input is not text in UTF-8\n',
      code: 1,
    });
    const marked = await place.run(words('app create --data - --json'), {
      stdin: '\ufeff{"name":"\u00fc"}',
    });
    expect(JSON.parse(marked.stdout)).toMatchObject({ name: '\u00fc' });
  });

  test('control characters in a name are not written to the terminal', async () => {
    await place.run(['app', 'create', '--name', '\u001b[2J', '--uid', 'escape']);
    const { stdout } = await place.run(words('app get escape'));
    expect(stdout).toMatch(/^name +\\u001b\[2J$/m);
  });

  test.each([
    ['app get nope', 1, /^posthaste: Application "nope" does not exist \(not_found\)\n.*app list/],
    ['app create', 1, /the request is refused:\n {2}--name /],
    ['app create --name A --throttle-rate x', 2, /'--throttle-rate <number>'.*Expected a number/],
    ['app create --data {', 1, /is not valid JSON|is not JSON/],
    ['app list --token x', 1, /malformed.*\n.*posthaste token; then save it: posthaste login/],
    ['app list --server nowhere', 2, /nowhere is not the address of a server/],
    ['app list --profile none', 2, /There is no profile none\. Make one: posthaste login/],
    ['app list --server http://127.0.0.1:1', 2, /There is no token for http:\/\/127\.0\.0\.1:1/],
    [
      'app list --server http://127.0.0.1:2 --token x',
      1,
      /no answer from .*ECONNREFUSED.*\. Is the server running\?/,
    ],
    ['app list --server http://127.0.0.1:1 --token x', 1, /HTTP clients refuse the port of/],
    ['app list --server http://127.0.0.1:2 --token ü', 2, /was it copied completely\?\n$/],
    ['app list --server http://u:p@127.0.0.1 --token x', 2, /must not have a user, a query/],
    ['app get ..', 1, /".." is not a valid name or id/],
    ['endpoint delete acme ..', 1, /".." is not a valid name or id/],
    ['endpoint delete acme .', 1, /"." is not a valid name or id/],
    ['tail ..', 1, /".." is not a valid name or id/],
    ['app create --name A --uid ..', 1, /--uid must not be "." or ".."/],
    ['event-type create --name . --description x', 1, /--name must not be "." or ".."/],
    ['app lst', 2, /unknown command 'lst'\n\(Did you mean list\?\)\nRun "posthaste app --help"/],
    ['app get', 2, /missing required argument 'app'\nRun "posthaste app get --help" for usage/],
    ['send acme a @none.json', 1, /^posthaste: @none\.json cannot be read: ENOENT/],
    ['msg create acme --payload @none.json', 2, /--data @FILE reads a file/],
    ['trigger acme none', 1, /"none" does not exist .*\n.* posthaste event-type list/],
    [
      'export --organization org_2',
      2,
      /--organization needs the JWT secret: a given token determines/,
    ],
    [
      'status --url http://127.0.0.1:1',
      2,
      /There is no token for .*\n {2}Or set POSTHASTE_JWT_SEC/,
    ],
    ['status --token x', 1, /malformed.*\n.*posthaste token; then save it: posthaste login/],
    [
      'key list',
      2,
      /JWT_SECRET is not set\. Set it to the secret of the server.*\n.* such as api-token/,
    ],
  ] as const)('posthaste %s: the error says what to do', async (line, code, message) => {
    const finished = await place.run(words(line));
    expect(finished.stderr).toMatch(message);
    expect(finished.stderr).not.toContain('    at ');
    expect(finished.code).toBe(code);
  });

  test('the help of a verb has its flags with their meaning, and a working example', async () => {
    const { stdout } = await place.run(words('msg create --help'));
    expect(stdout).toMatch(/--event-type <text> +The name of the event type/);
    const [, line = ''] = /\$ posthaste (.*--payload.*)$/m.exec(stdout) ?? [];
    const argv = line.split(/ (?=(?:[^']*'[^']*')*[^']*$)/).map((word) => word.replaceAll("'", ''));
    expect(await place.run(argv)).toMatchObject({ code: 0 });
  });

  test('every operation has its own description', () => {
    const names = readOperations().map(({ resource, verb }) => `${resource} ${verb}`);
    expect(new Set(names).size).toBe(names.length);
    const described = ({ pathParameters, query, body }: ApiOperation) =>
      [...pathParameters, ...query, ...(body?.members ?? [])].every(
        ({ description }) => description !== '',
      );
    expect(readOperations().filter((operation) => !described(operation))).toEqual([]);
    expect(names).toContain('endpoint rotate-secret');
    expect(names).toContain('attempt resend');
  });
});

describe('profiles', () => {
  const elsewhere = openCommandFolder();
  afterAll(() => elsewhere.close());
  const file = join(elsewhere.folder, 'config', 'posthaste', 'profiles.json');

  test('login saves a working token in a file that only its owner can read', async () => {
    const none = await elsewhere.run(words('app list'));
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toMatch(/No server is configured\..*posthaste dev.*posthaste login/);

    const wrong = await elsewhere.run(['login', '--server', app.url], { stdin: 'wrong\n' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching('malformed') });
    const right = await elsewhere.run(['login', '--server', `${app.url}/`], {
      stdin: `${app.token}\n`,
    });
    expect(right.stdout).toMatch(/^default: http:\S+ as org_\w+; saved in /);
    expect(right.stdout).not.toContain(app.token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await elsewhere.run(words('app list'))).toMatchObject({ code: 0 });
  });

  test('a token is sent only to its own server', async () => {
    const other = await elsewhere.run(words('app list --server http://127.0.0.1:1'));
    expect(other.stderr).toMatch(/There is no token for http:\/\/127\.0\.0\.1:1/);
    const env = { POSTHASTE_SERVER: app.url, POSTHASTE_TOKEN: 'wrong' };
    const given = await elsewhere.run(words('app list'), { env });
    expect(given.stderr).toMatch('malformed');
  });

  test('a file that others can read is refused', async () => {
    chmodSync(file, 0o644);
    const { stderr, code } = await elsewhere.run(words('app list'));
    expect(stderr).toMatch(/others can read it: run chmod 600 /);
    expect(code).toBe(2);
    chmodSync(file, 0o600);
  });

  test('profiles are listed, chosen and removed', async () => {
    await elsewhere.run([
      'login',
      '--server',
      app.url,
      '--profile',
      'second',
      '--token',
      app.token,
    ]);
    await elsewhere.run(words('profile use default'));
    const { stdout } = await elsewhere.run(words('profile list'));
    expect(stdout).toMatch(/^\* +default .*\n +second /m);
    await elsewhere.run(words('profile remove default'));
    const named = { POSTHASTE_PROFILE: 'second' };
    expect(await elsewhere.run(words('app list'))).toMatchObject({ code: 2 });
    expect(await elsewhere.run(words('app list'), { env: named })).toMatchObject({ code: 0 });
  });
});

describe('completion', () => {
  const script = (shell: string) => join(place.folder, `completion.${shell}`);
  const CASES = [
    ['posthaste endp', ['endpoint']],
    ['posthaste endpoint rot', ['rotate-secret']],
    ['posthaste endpoint create acme --ur', ['--url']],
    ['posthaste token --ap', ['--app']],
    ['posthaste status ', ['endpoints', 'settings']],
    ['posthaste replay acme main --only ', ['all', 'failed', 'missing']],
    ['posthaste app list --limit 5 --order a', ['ascending']],
    ['posthaste mcp --resources app,endp', ['app,endpoint']],
    ['posthaste key create --scope pu', ['publish']],
    ['posthaste completion f', ['fish']],
    ['posthaste app list --profile st', ['staging']],
    ['posthaste profile use st', ['staging']],
    ['posthaste app list --server ht', []],
  ] as const;

  beforeAll(async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await place.run(['completion', shell]);
      writeFileSync(script(shell), stdout);
    }
    // The shell calls this program to list the profiles.
    const command = join(place.folder, 'posthaste');
    writeFileSync(command, `#!/bin/sh\nprintf '   PROFILE SERVER\\n*  staging http://a.test\\n'\n`);
    chmodSync(command, 0o755);
  });

  test.each(CASES)('bash: %s', async (line, offered) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const code = `source ${script('bash')}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
      _posthaste; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(await lines('bash', ['-c', code])).toEqual(offered);
  });

  const noZsh = whyNoProgram('/usr/bin/zsh', 'zsh');
  test.skipIf(noZsh).each(CASES)(`zsh: %s ${noZsh ?? ''}`, async (line, offered) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    // Calls the function as the bash compatibility of zsh does.
    const code = `autoload -U +X compinit && compinit -u -D; source ${script('zsh')}
      offer() { emulate -L sh; setopt kshglob noshglob braceexpand; COMP_WORDS=(${words.join(' ')})
        COMP_CWORD=${words.length - 1}; _posthaste; print -l -- "\${COMPREPLY[@]}"; }; offer`;
    const found = await lines('/usr/bin/zsh', ['-fc', code]);
    // zsh itself drops candidates that do not match.
    const last = line.split(' ').at(-1) ?? '';
    expect(found.filter((word) => word.startsWith(last))).toEqual(offered);
  });

  const noFish = whyNoProgram('/usr/bin/fish', 'fish');
  test.skipIf(noFish).each(CASES)(`fish: %s ${noFish ?? ''}`, async (line, offered) => {
    const code = `source ${script('fish')}; complete -C '${line}'`;
    const found = await lines('/usr/bin/fish', ['--no-config', '-c', code]);
    expect(found.map((text) => text.split('\t')[0])).toEqual(offered);
  });

  async function lines(shell: string, argv: readonly string[]): Promise<string[]> {
    const PATH = `${place.folder}:${process.env['PATH']}`;
    const env = { PATH, HOME: place.folder };
    const { stdout } = await promisify(execFile)(shell, argv, { env, cwd: place.folder });
    return stdout.split('\n').filter(Boolean);
  }
});
