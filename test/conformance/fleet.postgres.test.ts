import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { ConnectionPool } from '../../src/storage/postgres/connection-pool.ts';
import { type FleetTimes, PostgresFleet } from '../../src/storage/postgres/fleet/postgres-fleet.ts';
import { takeShards } from '../../src/storage/postgres/fleet/shard-moves.ts';
import { migratePostgres } from '../../src/storage/postgres/migrations/migrate.ts';
import { ALL_SHARDS, shardOf } from '../../src/storage/fleet.ts';
import type { Change, EndpointNotes } from '../../src/storage/storage.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

/** The times of production, about eight times shorter. */
const TIMES: FleetTimes = {
  leaseMs: 1_200,
  patienceMs: 600,
  marginMs: 150,
  currentMs: 400,
  changesKeptMs: 1_000,
  steadyMs: 300,
  heartbeatMs: 60,
  handOverMs: 200,
  recheckMs: 40,
  upkeepMs: 150,
  tellMs: 100,
  deadlineMs: 500,
};

/** Waits very long for a process with a session, and never counts as interrupted itself on a busy machine. */
const PATIENT = { patienceMs: 60_000, currentMs: 60_000 };

/** Its start does not fail and its lease does not end on a busy machine, so it registers once. */
const CALM = { leaseMs: 60_000, deadlineMs: 20_000 };

/** One endpoint of each shard, in the order of the shards. */
const ENDPOINTS = endpointsOfAllShards();

interface Member {
  readonly fleet: PostgresFleet;
  readonly proxy: TcpProxy;
  readonly pool: ConnectionPool;
  readonly changes: Change[];
  readonly hints: string[];
  looks: number;
  gains: number;
  giveUp: () => Promise<void>;
  slowed: EndpointNotes[];
}

describeWithPostgres('the fleet on PostgreSQL', (createDatabase) => {
  let url: string;
  let direct: ConnectionPool;
  let members: Member[] = [];
  let watch: Watch;

  beforeAll(async () => {
    url = await createDatabase();
    await migratePostgres(url);
    direct = poolOf(url);
    // For 8 s after the start of a server nobody is declared gone, whatever happens to sessions.
    await waitFor(async () => {
      const { rows } = await direct.run({
        text: `select where pg_postmaster_start_time() < clock_timestamp() - interval '8.1 s'`,
      });
      return rows.length === 1;
    });
  });
  afterAll(() => direct.close());
  beforeEach(() => {
    members = [];
    watch = watchOwners(() => members);
  });
  afterEach(async () => {
    const shared = await watch.end();
    if (shared.length > 0) throw new Error(`two owners at a time: ${shared.join()}`);
    for (const { proxy } of members) {
      proxy.mend();
      proxy.thaw();
    }
    await Promise.all(members.map(({ fleet }) => fleet.stop()));
    await Promise.all(members.flatMap(({ pool, proxy }) => [pool.close(), proxy.close()]));
    for (const table of ['delivery', 'change', 'process']) {
      await direct.run({ text: `delete from posthaste.${table}` });
    }
    await direct.run({ text: 'update posthaste.shard set owner = null' });
  });

  async function create(name: string, times: Partial<FleetTimes> = {}): Promise<Member> {
    const { hostname: host, port } = new URL(url);
    const proxy = await startTcpProxy({ host, port: Number(port) });
    const through = new URL(url);
    through.port = String(proxy.port);
    const pool = poolOf(through.href);
    const fleet = new PostgresFleet({
      url: through.href,
      pool,
      clock: systemClock,
      process: { name, roles: ['worker'], version: '1' },
      storedNow: () => systemClock.now(),
      lookForWork: async (shards) => {
        member.looks += shards.length;
      },
      hintWork(endpointId, dueAt) {
        member.hints.push(endpointId);
        return dueAt ?? 0;
      },
      times: { ...TIMES, ...times },
    });
    const member: Member = {
      fleet,
      proxy,
      pool,
      changes: [],
      hints: [],
      looks: 0,
      gains: 0,
      giveUp: () => Promise.resolve(),
      slowed: [],
    };
    fleet.subscribe((change) => void member.changes.push(change));
    members.push(member);
    return member;
  }

  async function open(name: string, times: Partial<FleetTimes> = {}): Promise<Member> {
    const member = await create(name, times);
    // On a busy machine a connection may take longer than the deadline of a heartbeat.
    await waitFor(() =>
      member.fleet.start().then(
        () => true,
        () => false,
      ),
    );
    return member;
  }

  async function joined(name: string, times: Partial<FleetTimes> = {}): Promise<Member> {
    const member = await open(name, times);
    member.fleet.join({
      giveUp: () => member.giveUp(),
      gained: () => void member.gains++,
      slowed: () => member.slowed,
    });
    return member;
  }

  const all = (...owners: Member[]) =>
    waitFor(
      () => ENDPOINTS.every((id) => owners.some(({ fleet }) => fleet.owns(id))),
      'every shard to have an owner',
    );
  const none = (member: Member) => ENDPOINTS.every((id) => !member.fleet.owns(id));
  const sharesOf = (...owners: Member[]) => owners.map(({ fleet }) => fleet.ownedShards.length);
  const balanced = (...owners: Member[]) =>
    waitFor(() => {
      const shares = sharesOf(...owners);
      const isWhole = shares.reduce((sum, share) => sum + share, 0) === ALL_SHARDS.length;
      return isWhole && Math.min(...shares) > 256 / owners.length / 3;
    }, 'the shares to be even');

  /** Waits until their sessions hold their locks. Without its lock a killed process looks like one that hangs. */
  const locked = (...of: Member[]) =>
    waitFor(async () => {
      const { rows } = await direct.run({
        text: `select from pg_locks where locktype = 'advisory' and objid = any($1::oid[])
          and database = (select oid from pg_database where datname = current_database())`,
        values: [of.map(({ fleet }) => fleet.number)],
      });
      return rows.length >= of.length;
    });

  async function owe(endpointId: string, claimOwner: number): Promise<void> {
    await direct.run({
      text: `insert into posthaste.delivery (message_id, endpoint_id, application_id, due_at,
        claim_owner, attempt_count, schedule_step, shard, trigger)
        values ($1, $2, 'app_1', $5, $3, 0, 0, $4, 0)`,
      values: [`msg_${Math.random()}`, endpointId, claimOwner, shardOf(endpointId), FAR],
    });
  }

  async function claimsOf(owner: number): Promise<number> {
    const { rows } = await direct.run({
      text: 'select from posthaste.delivery where claim_owner = $1',
      values: [owner],
    });
    return rows.length;
  }

  it('gives all shards to a process that is alone, once it has joined', async () => {
    const one = await open('one');
    expect(none(one)).toBe(true);
    one.fleet.join({ giveUp: async () => {}, gained: () => void one.gains++, slowed: () => [] });
    await all(one);
    expect(one.looks).toBe(ALL_SHARDS.length);
    expect(one.gains).toBeGreaterThan(0);
    expect(one.fleet.isCurrent()).toBe(true);
  });

  it('shares the shards with processes that join, and takes back those of a process that leaves', async () => {
    const one = await joined('one', CALM);
    await all(one);
    const [two, three] = await Promise.all([joined('two', CALM), joined('three', CALM)]);
    await balanced(one, two, three);
    await two.fleet.leave();
    expect(none(two)).toBe(true);
    await balanced(one, three);
    // It may still have requests in flight, so its claims are still its own.
    expect(await one.fleet.processes()).toHaveLength(3);
    await two.fleet.stop();
    expect(await one.fleet.processes()).toHaveLength(2);
  });

  it('a process that only accepts owns nothing, and others do not wait for it', async () => {
    const [worker, api] = await Promise.all([joined('worker', CALM), open('api', CALM)]);
    await all(worker);
    expect(none(api)).toBe(true);
    // Processes are listed in the order of their registration, which is random here.
    const processes = (await api.fleet.processes()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const described = { roles: ['worker'], version: '1' };
    expect(processes).toMatchObject([
      { name: 'api', ...described, ownedShards: 0 },
      { name: 'worker', ...described, ownedShards: ALL_SHARDS.length },
    ]);
  });

  it('a process whose start fails several times is one process', async () => {
    const one = await create('one', { deadlineMs: 200 });
    const registered = async () =>
      (await direct.run({ text: 'select from posthaste.process' })).rows.length;
    const fails = () =>
      one.fleet.start().then(
        () => false,
        () => true,
      );
    await direct.transaction(async (send) => {
      // With the lock, registration succeeds and heartbeats get no answer.
      await send({ text: 'lock table posthaste.shard in access exclusive mode' });
      await waitFor(async () => (await fails()) && (await registered()) > 0);
      expect(await fails()).toBe(true);
    });
    await waitFor(async () => !(await fails()));
    expect(await one.fleet.processes()).toMatchObject([{ number: one.fleet.number }]);
  });

  it('gives shards away once requests in flight have ended, or after handOverMs', async () => {
    const one = await joined('one');
    await all(one);
    let end = () => {};
    one.giveUp = () => new Promise<void>((resolve) => (end = resolve));
    const two = await joined('two');
    await waitFor(() => one.fleet.ownedShards.length < ALL_SHARDS.length);
    expect(none(two)).toBe(true);
    end();
    await balanced(one, two);

    one.giveUp = () => new Promise<void>(() => {});
    const three = await joined('three');
    await balanced(one, two, three);
  });

  it('hands everything over at once when a process leaves', async () => {
    // With leases of a minute, `all` would give up before a lease ends.
    const [one, two] = await Promise.all([joined('one', CALM), joined('two', CALM)]);
    await balanced(one, two);
    await one.fleet.leave();
    await all(two);
  });

  it('takes over from a process that hangs, which finds out by its own clock that its lease has expired', async () => {
    const [one, two] = await Promise.all([joined('one'), joined('two')]);
    await balanced(one, two);
    const { number } = one.fleet;
    const [endpointId = ''] = ENDPOINTS.filter((id) => one.fleet.owns(id));
    await owe(endpointId, number);
    one.proxy.freeze();
    await all(two);
    expect(none(one)).toBe(true);
    expect(await claimsOf(number)).toBe(0);
    const { rows } = await direct.run<{ due_at: number }>({
      text: 'select due_at from posthaste.delivery',
    });
    expect(rows[0]?.due_at).toBeLessThanOrEqual(systemClock.now());

    let released = 0;
    one.giveUp = async () => void released++;
    one.proxy.thaw();
    await balanced(one, two);
    expect(released).toBe(1);
    expect(one.fleet.number).not.toBe(number);
  });

  it('takes over from a killed process as soon as its lease has expired', async () => {
    const [one, two] = await Promise.all([joined('one', PATIENT), joined('two', PATIENT)]);
    await balanced(one, two);
    await locked(one, two);
    one.proxy.cut();
    await all(two);
    const { rows } = await direct.run({
      text: `select from posthaste.process where lease_until <= clock_timestamp() - $1 * interval '1 ms'`,
      values: [PATIENT.patienceMs],
    });
    expect(rows).toEqual([]);
  });

  it('waits longer for a process that hangs and whose session is open', async () => {
    const [one, two] = await Promise.all([joined('one', PATIENT), joined('two', PATIENT)]);
    await balanced(one, two);
    await locked(one, two);
    const { number } = one.fleet;
    one.proxy.freeze();
    await waitFor(async () => {
      const { rows } = await direct.run({
        text: `select from posthaste.process
          where number = $1 and lease_until < clock_timestamp() - interval '500 ms'`,
        values: [number],
      });
      return rows.length === 1;
    }, 'the end of its lease');
    expect(none(one)).toBe(true);
    one.proxy.thaw();
    await balanced(one, two);
    expect(one.fleet.number).toBe(number);
  });

  it('ends claims that a process made after it was declared gone', async () => {
    const one = await joined('one');
    await all(one);
    const [endpointId = ''] = ENDPOINTS;
    await owe(endpointId, 987_654);
    await waitFor(() => one.hints.includes(endpointId));
    expect(await claimsOf(987_654)).toBe(0);
  });

  it('withholds an endpoint while its former owner has requests in flight', async () => {
    const one = await joined('one');
    await all(one);
    await Promise.all(ENDPOINTS.map((id) => owe(id, one.fleet.number)));
    one.giveUp = () => new Promise<void>(() => {});
    const two = await joined('two');
    await waitFor(() => two.fleet.ownedShards.length > 0);
    const moved = ENDPOINTS.filter((id) => two.fleet.ownedShards.includes(shardOf(id)));
    expect(moved.some((id) => two.fleet.owns(id))).toBe(false);

    const [first = '', second = ''] = moved;
    await direct.run({
      text: 'delete from posthaste.delivery where endpoint_id = $1',
      values: [first],
    });
    await waitFor(() => two.fleet.owns(first));
    expect(two.hints).toContain(first);
    expect(two.fleet.owns(second)).toBe(false);

    // When it stops, its claims end; `two` looks at them regularly.
    await one.fleet.stop();
    await all(two);
    await waitFor(async () => (await claimsOf(one.fleet.number)) === 0);
  });

  it('continues with an endpoint whose former owner gave it back and was killed then', async () => {
    const [one, two] = await Promise.all([joined('one'), joined('two')]);
    await balanced(one, two);
    const [endpointId = ''] = ENDPOINTS.filter((id) => one.fleet.owns(id));
    await owe(endpointId, one.fleet.number);
    await one.fleet.leave();
    await waitFor(() => two.fleet.ownedShards.length === ALL_SHARDS.length);
    // The claim says that a request of the former owner is in flight.
    expect(two.fleet.owns(endpointId)).toBe(false);
    one.proxy.cut();
    await all(two);
    expect(two.hints).toContain(endpointId);
  });

  it('gives each shard to one of several processes that take it at the same time', async () => {
    // Members that have not joined give all shards back at their next heartbeat, so that comes late.
    const still = { heartbeatMs: 60_000, leaseMs: 120_000 };
    const many = await Promise.all(['a', 'b', 'c', 'd'].map((name) => open(name, still)));
    const taken = await Promise.all(
      many.map(({ pool, fleet }) =>
        // With `judges`, a process would also take shards from others whose leases a busy machine lets expire.
        takeShards(pool, fleet.number, ALL_SHARDS, { judges: null, storedNow: 0 }),
      ),
    );
    const shards = taken.flatMap((part) => part.shards);
    expect(shards.toSorted((a, b) => a - b)).toEqual(ALL_SHARDS);
  });

  it('declares nobody gone for an interruption that affected all', async () => {
    // Longer than the second process needs to come back on a busy machine.
    const steadyMs = 60_000;
    const both = await Promise.all([joined('one', { steadyMs }), joined('two', { steadyMs })]);
    await balanced(...both);
    const numbers = both.map(({ fleet }) => fleet.number);
    for (const { proxy } of both) proxy.cut();
    await waitFor(() => both.every(none));
    await waitFor(async () => {
      const { rows } = await direct.run({
        text: 'select from posthaste.process where lease_until > clock_timestamp()',
      });
      return rows.length === 0;
    });
    const [one, two] = both;
    one.proxy.mend();
    await waitFor(() => one.fleet.isCurrent());
    // The second process comes back a little later.
    const { changes } = await open('three');
    await waitFor(() => changes.length > 0);
    two.proxy.mend();
    await balanced(...both);
    expect(both.map(({ fleet }) => fleet.number)).toEqual(numbers);
  });

  it('tells of changes by others without a notice', async () => {
    const one = await open('one');
    await edit(direct, 'app_1', ['ep_1', 'ep_2']);
    await waitFor(() => changesOf(one).includes('app_1'), 'the change');
    expect(one.changes).toContainEqual({
      kind: 'application',
      applicationId: 'app_1',
      endpointIds: ['ep_1', 'ep_2'],
    });
  });

  it('tells of a change whose transaction ends after those of later changes', async () => {
    const one = await open('one');
    await direct.transaction(async (send) => {
      await send(editing('app_slow', []));
      const other = poolOf(url);
      await edit(other, 'app_quick', []);
      await other.close();
      await waitFor(() => changesOf(one).includes('app_quick'));
    });
    await waitFor(() => changesOf(one).includes('app_slow'));
  });

  it('tells of a change once, however long another transaction is open', async () => {
    const one = await open('one');
    await direct.transaction(async (send) => {
      await send(editing('app_open', []));
      await edit(direct, 'app_1', []);
      await waitFor(() => changesOf(one).includes('app_1'));
      await edit(direct, 'app_2', []);
      await waitFor(() => changesOf(one).includes('app_2'));
      expect(changesOf(one)).toEqual(['app_1', 'app_2']);
      // It tells them again after a new connection, which may lead to a server that lacks the last commits.
      one.proxy.cut();
      await waitFor(() => !one.fleet.isCurrent());
      one.proxy.mend();
      await waitFor(() => changesOf(one).length > 2);
    });
    await waitFor(() => changesOf(one).includes('app_open'));
    expect(changesOf(one)).toEqual(['app_1', 'app_2', 'app_1', 'app_2', 'app_open']);
  });

  it('tells of cancellations before edits that the same heartbeat finds', async () => {
    const one = await open('one');
    await direct.transaction(async (send) => {
      await send(editing('app_1', ['ep_1']));
      await send({
        text: `insert into posthaste.change (application_id, endpoint_ids, message_ids)
          values ('app_1', '{}', '{msg_1,msg_2}'), ('app_2', '{ep_2}', '{msg_3}')`,
      });
    });
    await waitFor(() => changesOf(one).includes('app_1'));
    const of = (applicationId: string, endpointId: string | null, ...messageIds: string[]) => ({
      kind: 'cancelled',
      applicationId,
      endpointId,
      messageIds,
    });
    expect(
      one.changes.filter(({ kind }) => kind === 'cancelled' || kind === 'application'),
    ).toEqual([
      of('app_1', null, 'msg_1', 'msg_2'),
      of('app_2', 'ep_2', 'msg_3'),
      { kind: 'application', applicationId: 'app_1', endpointIds: ['ep_1'] },
    ]);
  });

  it('tells of a gap after an interruption for longer than changes are kept', async () => {
    const one = await joined('one');
    await all(one);
    one.changes.length = 0;
    const looks = one.looks;
    one.proxy.cut();
    await waitFor(() => !one.fleet.isCurrent());
    const cutMs = performance.now();
    await waitFor(() => performance.now() > cutMs + TIMES.changesKeptMs);
    expect(one.changes).toEqual([]);
    one.proxy.mend();
    await waitFor(() => one.fleet.isCurrent());
    expect(one.changes).toContainEqual({ kind: 'gap' });
    // Notices of due work were lost too, so it looks at all shards.
    await waitFor(() => one.looks === looks + ALL_SHARDS.length);
  });

  it('is current after a short interruption, and has missed no change', async () => {
    const one = await joined('one');
    await all(one);
    one.changes.length = 0;
    one.proxy.cut();
    await edit(direct, 'app_1', []);
    await waitFor(() => !one.fleet.isCurrent());
    one.proxy.mend();
    await waitFor(() => one.fleet.isCurrent());
    expect(changesOf(one)).toContain('app_1');
    expect(one.changes).not.toContainEqual({ kind: 'gap' });
  });

  it('carries the notes of an owner to all others', async () => {
    const [one, two] = await Promise.all([open('one'), open('two')]);
    const notes = Array.from({ length: 300 }, (_, index) => ({
      applicationId: 'app_1',
      endpointId: `ep_with_an_id_of_the_usual_length_${index}`,
      pauseMs: 60_000,
      busyMs: index === 299 ? 30_000 : 0,
      window: index === 299 ? 1.5 : null,
      rate: index === 299 ? 1 / 60 : null,
      breakerPauseMs: index === 299 ? 2_000 : 0,
      paced: index === 299,
    }));
    await one.fleet.tellNotes(notes);
    const told = () => two.changes.flatMap((change) => (change.kind === 'notes' ? [change] : []));
    await waitFor(() => told().length === notes.length);
    const anyTime = { pauseMs: expect.any(Number), busyMs: expect.any(Number) };
    expect(told()[299]).toEqual({ kind: 'notes', ...notes[299], ...anyTime });
    expect(told()[299]?.pauseMs).toBeGreaterThan(55_000);
    expect(told()[299]?.busyMs).toBeLessThan(30_001);
    expect(told()[0]?.busyMs).toBe(0);
    expect(one.changes.filter(({ kind }) => kind === 'notes')).toEqual([]);
  });

  it('tells any process what the owner of an endpoint knows, while that holds', async () => {
    const [worker, api] = await Promise.all([joined('worker'), open('api')]);
    await all(worker);
    const [slow = '', quick = ''] = ENDPOINTS;
    const known = (id: string) => api.fleet.knownOf([slow, quick]).get(id);
    await waitFor(() => known(slow) === null, 'a word on every endpoint');
    const nothing = { busyMs: 0, window: null, rate: null, breakerPauseMs: 0, paced: false };
    const notes = { endpointId: slow, applicationId: 'app_1', pauseMs: 60_000, ...nothing };
    worker.slowed = [{ ...notes, window: 1.5, paced: true }];
    await waitFor(() => known(slow));
    expect(known(slow)).toEqual({
      ...notes,
      window: 1.5,
      paced: true,
      pauseMs: expect.any(Number),
    });
    expect(known(slow)?.pauseMs).toBeGreaterThan(50_000);
    expect(known(quick)).toBeNull();
    expect(worker.fleet.knownOf([slow, quick])).toEqual(
      new Map([
        [slow, worker.slowed[0]],
        [quick, null],
      ]),
    );
    worker.slowed = [];
    await waitFor(() => known(slow) === null);
    await worker.fleet.leave();
    await waitFor(() => api.fleet.knownOf(ENDPOINTS).size === 0, 'nobody to know anything');
  });

  it('tells only the owner of an endpoint of its due work', async () => {
    const [one, two] = await Promise.all([joined('one'), joined('two')]);
    await balanced(one, two);
    const mine = ENDPOINTS.filter((id) => one.fleet.owns(id));
    await direct.run({
      text: `select pg_notify('posthaste_due', $1)`,
      values: [ENDPOINTS.map((id, index) => `${id} ${1_000 + index}`).join('\n')],
    });
    await waitFor(() => one.hints.length > 0 && two.hints.length > 0);
    expect(one.hints).toEqual(mine);
    expect(one.hints.length + two.hints.length).toBe(ENDPOINTS.length);
    expect(one.changes).toContainEqual({
      kind: 'due',
      dueAt: 1_000 + ENDPOINTS.indexOf(mine[0] ?? ''),
    });
  });
});

function poolOf(url: string): ConnectionPool {
  return new ConnectionPool({
    url,
    size: 2,
    settings: { lock_timeout: '2s' },
    deadlineMs: 3_000,
    connectWithinMs: 1_000,
    onStatement: () => {},
  });
}

async function edit(pool: ConnectionPool, applicationId: string, endpointIds: string[]) {
  await pool.run(editing(applicationId, endpointIds));
}

function editing(applicationId: string, endpointIds: string[]) {
  return {
    text: 'insert into posthaste.change (application_id, endpoint_ids) values ($1, $2)',
    values: [applicationId, endpointIds],
  };
}

function changesOf({ changes }: Member): string[] {
  return changes.flatMap((change) => (change.kind === 'application' ? change.applicationId : []));
}

interface Watch {
  /** Ends the watch and returns the endpoints that had two owners at some time. */
  end(): Promise<string[]>;
}

/** Compares the owners again and again: all members of a test are in this process, so one moment shows them all. */
function watchOwners(members: () => readonly Member[]): Watch {
  const shared = new Set<string>();
  let ended = false;
  const watching = (async () => {
    while (!ended) {
      for (const id of ENDPOINTS) {
        if (members().filter(({ fleet }) => fleet.owns(id)).length > 1) shared.add(id);
      }
      await setTimeout(1);
    }
  })();
  return {
    async end() {
      ended = true;
      await watching;
      return [...shared];
    },
  };
}

function endpointsOfAllShards(): string[] {
  const found = new Map<number, string>();
  for (let index = 0; found.size < ALL_SHARDS.length; index++) {
    const id = `ep_${index}`;
    if (!found.has(shardOf(id))) found.set(shardOf(id), id);
  }
  return [...found.entries()].toSorted(([a], [b]) => a - b).map(([, id]) => id);
}

const FAR = Date.UTC(2100, 0);
