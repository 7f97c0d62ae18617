import { expect, it } from 'vitest';
import {
  PACED_RATE as RATE,
  TAKEN_OVER_WITHIN_MS,
  fleetSettings,
  startFleetLoad,
} from '../support/fleet-load.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

/** Every process knows of an edit within a second; the other is for a machine that does other work. */
const KNOWN_MS = 2_000;

/**
 * Three processes on one PostgreSQL, under load that goes on throughout: one is killed, one is stopped
 * for longer than its lease, one ends cleanly. The ledger is kept by the publishers and the receiver,
 * outside of the processes.
 */
describeWithPostgres('a fleet of three processes', (createDatabase) => {
  it('loses nothing, keeps order and rates, and goes on', { timeout: 180_000 }, async () => {
    const env = fleetSettings(await createDatabase());
    const beganAt = Date.now();
    const start = async () => startServer(env, await freePort());
    const [first, second, third] = await Promise.all([start(), start(), start()]);
    const load = await startFleetLoad([first, second, third]);
    const { app, balancer, field, ledger, names, plain, receiver, settled } = load;
    const { id: switched } = await load.endpoint('switched', {});
    load.publishTo('switched');
    const steadyAt = Date.now();
    // Sessions of processes say nothing of them on a server that has just started.
    await settled(Math.max(Date.now() + 1_000, beganAt + 8_500), 30_000);
    // What this machine needs with nothing going on.
    const steady = load.slowest(steadyAt);

    // Killed: its work goes on when its lease is over.
    balancer.remove(first);
    const killedAt = Date.now();
    await first.kill();
    await settled(Date.now() + 1_000, 30_000);
    const takeOver = load.slowest(killedAt - 500);
    expect(takeOver).toBeLessThan(TAKEN_OVER_WITHIN_MS);
    const firstAgain = await start();
    balancer.add(firstAgain);
    await settled(Date.now() + 1_000, 30_000);

    // Stopped for longer than its lease: others go on, and it attempts nothing when it wakes.
    balancer.remove(second);
    second.signal('SIGSTOP');
    await settled(Date.now() + 9_000, 30_000);
    const repeatedBefore = field.repeated(names);
    second.signal('SIGCONT');
    await settled(Date.now() + 3_000, 30_000);
    expect(field.repeated(names) - repeatedBefore).toBeLessThanOrEqual(names.length);
    balancer.add(second);

    // A clean stop hands over at once, with requests coming in.
    const stoppedAt = Date.now();
    balancer.remove(third);
    third.signal('SIGTERM');
    expect(await third.ended).toBe(0);
    await settled(Date.now() + 2_000, 30_000);
    const delays = ledger.delays(field, plain, stoppedAt - 1_000, Date.now());
    // The lease of a process that does not hand over lasts longer.
    expect(Math.max(...delays)).toBeLessThan(2_000 + steady);

    // What one process disables, another no longer delivers. What is published meanwhile is not owed.
    const put = (disabled: boolean) =>
      balancer.put(`/app/${app}/endpoint/${switched}`, {
        url: `${receiver.url}switched`,
        eventTypes: ['fleet.switched'],
        disabled,
      });
    const arrivedSince = (at: number) => field.arrivals('switched').some((one) => one.at > at);
    await put(true);
    const disabledAt = Date.now();
    await waitFor(() => Date.now() > disabledAt + KNOWN_MS + 1_500);
    expect(arrivedSince(disabledAt + KNOWN_MS)).toBe(false);
    await put(false);
    await waitFor(() => arrivedSince(disabledAt + KNOWN_MS));

    // What one process pauses, no other delivers, and it is kept for later.
    const path = `/app/${app}/endpoint/${switched}`;
    await balancer.post(`${path}/pause`, {});
    const pausedAt = Date.now();
    const from = ledger.count('switched');
    await waitFor(() => Date.now() > pausedAt + KNOWN_MS + 1_500);
    expect(arrivedSince(pausedAt + KNOWN_MS)).toBe(false);
    const to = ledger.count('switched');
    expect(to).toBeGreaterThan(from);
    await balancer.post(`${path}/resume`, {});
    await waitFor(() => field.missing('switched', to).every((number) => number < from));
    names.splice(names.indexOf('switched'), 1);

    await load.finish();
    for (const name of names) expect(field.missing(name, ledger.count(name))).toEqual([]);
    expect(field.overlaps('ordered')).toBe(0);
    expect(field.outOfOrder('ordered')).toEqual([]);
    // Over seconds: a stall of this process brings what was sent during it at once.
    expect(field.mostWithin('paced', 4_000)).toBeLessThanOrEqual(4 * RATE * 1.15);
    console.log(
      `fleet: ${names.reduce((sum, name) => sum + ledger.count(name), 0)} accepted, ${field.repeated(names)} repeated, slowest after the kill ${takeOver} ms, around the clean stop ${Math.max(...delays)} ms`,
    );

    for (const server of [firstAgain, second]) server.signal('SIGTERM');
    expect(await Promise.all([firstAgain.ended, second.ended])).toEqual([0, 0]);
    await load.close();
  });
});
