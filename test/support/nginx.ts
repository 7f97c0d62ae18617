import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { whyNoProgram } from './debian.ts';
import { freePort, isListening } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = '/usr/sbin/nginx';

export interface Nginx {
  readonly url: string;
  /** Suspends nginx until `thaw`: requests that arrive meanwhile wait. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** The reason why nginx is missing and could not be installed. */
export const whyNoNginx = () => whyNoProgram(PROGRAM, 'nginx');

/**
 * An nginx on a free port of the loopback that balances over the processes at these ports. Its configuration is the
 * one of `compose.scale.yaml` with other addresses.
 */
export async function startNginx(ports: readonly number[]): Promise<Nginx> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-nginx-'));
  const log = join(folder, 'error.log');
  const site = balancerConfiguration()
    .replaceAll(/ 172\.\S+\.1(\d):8071/g, (_, number) => ` 127.0.0.1:${ports[Number(number) - 1]}`)
    .replace('listen 8071;', `listen 127.0.0.1:${port};`);
  // The parts that the image has in /etc/nginx/nginx.conf, which includes the configuration.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `# One process, the child of the test's.
master_process off;
daemon off;
pid ${folder}/pid;
events {}
http {
access_log off;
${temporary.join('\n')}
${site}}
`,
  );
  const child: ChildProcess = spawn(PROGRAM, ['-c', join(folder, 'nginx.conf'), '-e', log], {
    stdio: 'ignore',
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitFor(
      () => {
        if (child.exitCode !== null) throw new Error(`nginx ended: ${child.exitCode}`);
        return isListening(port);
      },
      'nginx to answer',
      20_000,
    );
  } catch (cause) {
    killNow();
    throw new Error(await readFile(log, 'utf8'), { cause });
  }
  return {
    url,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      killNow();
      await ended;
      process.off('exit', killNow);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The balancer's configuration, read out of `compose.scale.yaml`. */
function balancerConfiguration(): string {
  const file = readFileSync(new URL('../../compose.scale.yaml', import.meta.url), 'utf8');
  const { configs } = parse(file, { merge: true }) as {
    configs: { balancer: { content: string } };
  };
  return configs.balancer.content.replaceAll('$$', '$');
}
