import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { installDebianPackages } from './debian.ts';
import { describeUnlessMissing } from './describe-unless-missing.ts';
import { freePorts, isListening } from './free-ports.ts';
import { shared } from './shared.ts';
import { waitFor } from './wait-for.ts';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const BOOT_DEADLINE_MS = 90_000;
const LEADERS_WITHIN_MS = 4_000;

/** A defect of RabbitMQ 3.10: a quorum queue that was written to when the broker was killed may never work again. */
export class QueueWithoutLeaderError extends Error {
  override message = 'RabbitMQ came back twice with a queue that has no leader';
}

/** A RabbitMQ that one test file owns: tests may kill, freeze and wipe it. */
export interface RabbitmqServer {
  /** Never changes: `kill` and `restart` keep the port. */
  readonly url: string;
  /** The URL of its HTTP API, which it has with the option `management`. */
  readonly managementUrl: string;
  readonly pid: number | undefined;
  /**
   * Ends the server with SIGKILL; its data stays. Await `keeps` first: RabbitMQ 3.10 writes the existence of a
   * quorum queue to the disk seconds after its declaration, and a queue whose existence was not written comes back
   * empty, without a leader, for good.
   */
  kill(): Promise<void>;
  /** Waits until the quorum queue and its messages would survive `kill`. */
  keeps(queue: string): Promise<void>;
  /** Starts the server again with its data (a running one is ended first), and waits until each queue can be used. */
  restart(): Promise<void>;
  /** Ends it with SIGKILL and removes its data; `restart` brings it back empty. */
  wipe(): Promise<void>;
  /** Suspends the server until `thaw`: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/**
 * A `describe` whose tests use a RabbitMQ:
 *
 * ```
 * describeWithRabbitmq('calls over RabbitMQ', (url) => {
 *   it('…', async () => { connect(url()) … });
 * });
 * ```
 *
 * The server is the one that TEST_AMQP_URL names, or else an instance of Debian's rabbitmq-server, which is installed
 * first where the user may install packages. All files of the run share it, so a test gives its queues unique names
 * (`randomUUID()`). Without RabbitMQ the tests are skipped; with CI=true they fail.
 */
export function describeWithRabbitmq(name: string, tests: (url: () => string) => void): void {
  const missing = process.env['TEST_AMQP_URL'] ? undefined : whyMissing();
  describeUnlessMissing(name, missing, () => {
    let url = '';
    beforeAll(async () => {
      ({ url } = await shared('rabbitmq'));
    }, BOOT_DEADLINE_MS + 10_000);
    tests(() => url);
  });
}

/** The same for tests that kill, restart or wipe the server: it is always a private instance. */
export function describeWithRabbitmqServer(
  name: string,
  tests: (server: () => RabbitmqServer) => void,
): void {
  describeUnlessMissing(name, whyMissing(), () => {
    let server: RabbitmqServer | undefined;
    beforeAll(async () => {
      server = await startRabbitmq();
    }, BOOT_DEADLINE_MS + 10_000);
    afterAll(() => server?.stop());
    tests(() => {
      if (!server) throw new Error('RabbitMQ has not started yet: ask for it in a test or a hook.');
      return server;
    });
  });
}

function whyMissing(): string | undefined {
  if (existsSync(SERVER)) return undefined;
  const reason = installDebianPackages(['rabbitmq-server']);
  return reason && `skipped: no RabbitMQ here; set TEST_AMQP_URL or install it (${reason})`;
}

/** Creates a virtual host and returns its URL. */
export async function createVirtualHost(url: string, managementUrl: string): Promise<string> {
  const name = randomUUID();
  const made = await fetch(`${managementUrl}/api/vhosts/${name}`, {
    method: 'PUT',
    headers: { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!made.ok) throw new Error(`no virtual host: ${made.status} ${await made.text()}`);
  return `${url}/${name}`;
}

/** Starts a private instance in a temporary folder, listening on 127.0.0.1 only. */
export async function startRabbitmq({ management = false } = {}): Promise<RabbitmqServer> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-rabbitmq-'));
  const ports = (await freePorts(4)) as [number, number, number, number];
  const [port, distributionPort, epmdPort, managementPort] = ports;
  const settings = {
    'listeners.tcp.default': `127.0.0.1:${port}`,
    'disk_free_limit.absolute': '1MB',
    collect_statistics_interval: '60000',
    ...(management && {
      'management.tcp.ip': '127.0.0.1',
      'management.tcp.port': String(managementPort),
      'management.rates_mode': 'none',
    }),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`);
  await writeFile(join(folder, 'rabbitmq.conf'), lines.join(''));
  await writeFile(join(folder, 'enabled_plugins'), management ? '[rabbitmq_management].' : '[].');
  const logPath = join(folder, 'server.log');
  const log = await open(logPath, 'a');

  const home = join(folder, 'home');
  if (!management) linkHome(home);
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    ...(!management && { RABBITMQ_SCRIPTS_DIR: join(home, 'sbin') }),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Lets the start script `exec` the server, so that a signal to the child reaches the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: 'posthaste@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    // Tests boot the server over a dozen times. One scheduler makes a boot a third cheaper; schedulers that do not
    // spin before they sleep make it a sixth cheaper.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none',
  };
  const run = (command: string, args: string[]): ChildProcess =>
    spawn(command, args, { env: environment, cwd: folder, stdio: ['ignore', log.fd, log.fd] });

  // Erlang starts its port mapper (epmd) where none runs, and that one would outlive the tests.
  const epmd = run('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1']);
  let server: ChildProcess | undefined;
  /** The length of the log in bytes when the server was last started. */
  let logStart = 0;
  const killAll = (): void => {
    server?.kill('SIGKILL');
    epmd.kill('SIGKILL');
  };
  process.once('exit', killAll);

  const started: RabbitmqServer = {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    managementUrl: `http://127.0.0.1:${managementPort}`,

    get pid() {
      return server?.pid;
    },

    async kill() {
      await end(server);
      server = undefined;
    },

    async keeps(queue) {
      const node = join(folder, 'data', 'posthaste@localhost', 'quorum', 'posthaste@localhost');
      await waitFor(
        async () => (await readFile(join(node, 'names.dets'))).includes(queue),
        `${queue} on disk`,
        30_000,
      );
    },

    async restart() {
      // A queue without a leader gets none before the next start, and often none after it.
      for (let left = 2; left > 0; left--) {
        await boot();
        if (await everyQueueHasLeader()) return;
      }
      throw new QueueWithoutLeaderError();
    },

    async wipe() {
      await started.kill();
      await rm(join(folder, 'data'), { recursive: true, force: true });
    },

    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),

    async stop() {
      await started.kill();
      await end(epmd);
      process.off('exit', killAll);
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function boot(): Promise<void> {
    await started.kill();
    logStart = (await stat(logPath)).size;
    server = run(SERVER, []);
    const listening = [port, ...(management ? [managementPort] : [])].map((one) =>
      untilListening(server, one),
    );
    await Promise.all(listening).catch(async (cause: unknown) => {
      const tail = (await readFile(logPath, 'utf8')).split('\n').slice(-40).join('\n');
      throw new Error(`RabbitMQ did not start:\n${tail}`, { cause });
    });
  }

  /**
   * In RabbitMQ 3.10 a call to a recovered quorum queue before its first election cancels the election for good, and
   * clients that reconnect make such calls.
   */
  async function everyQueueHasLeader(): Promise<boolean> {
    return waitFor(
      async () => {
        const lines = (await readFile(logPath)).subarray(logStart).toString();
        const recovered = /Recovering (\d+) queues of type rabbit_quorum_queue/.exec(lines)?.[1];
        // Term 1 is that of a queue which a client has declared since.
        const terms = [...lines.matchAll(/candidate -> leader in term: (\d+)/g)].map(
          ([, term]) => term,
        );
        return (
          recovered !== undefined &&
          terms.filter((term) => term !== '1').length >= Number(recovered)
        );
      },
      'a leader of each queue',
      LEADERS_WITHIN_MS,
    ).then(
      () => true,
      () => false,
    );
  }

  try {
    await untilListening(epmd, epmdPort);
    await started.restart();
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/**
 * Makes an installation without plugins, of symbolic links to the real one. Erlang looks for each of 700 modules in
 * the folders of all plugins first, which takes a third of a boot.
 */
function linkHome(home: string): void {
  const real = dirname(dirname(realpathSync(SERVER)));
  for (const part of ['sbin', 'plugins']) {
    mkdirSync(join(home, part), { recursive: true });
    for (const name of readdirSync(join(real, part))) {
      if (!PLUGIN.test(name)) symlinkSync(join(real, part, name), join(home, part, name));
    }
  }
}

/** The plugins, and the libraries that only plugins need. */
const PLUGIN =
  /^(rabbitmq_(?!prelaunch)|amqp_client|amqp10_client|base64url|cow|eetcd|gun|jose|prometheus|quantile)/;

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (child.kill('SIGKILL')) await exited;
}

async function untilListening(child: ChildProcess | undefined, port: number): Promise<void> {
  const deadline = Date.now() + BOOT_DEADLINE_MS;
  while (!(await isListening(port))) {
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended at once: ${child?.exitCode ?? child?.signalCode ?? 'not found'}`);
    }
    if (Date.now() > deadline) throw new Error(`not listening after ${BOOT_DEADLINE_MS} ms`);
    await delay(50);
  }
}
