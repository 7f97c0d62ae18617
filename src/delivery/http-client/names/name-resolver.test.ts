import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DnsServer, startDnsServer } from '../../../../test/support/dns-server.ts';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { type NameResolver, createNameResolver } from './name-resolver.ts';
import type { NameAnswer } from './shared-lookup.ts';

let folder: string;
let hostsPath: string;
let resolvConfPath: string;
let server: DnsServer;
let clock: ManualClock;
let resolver: NameResolver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-names-'));
  hostsPath = join(folder, 'hosts');
  resolvConfPath = join(folder, 'resolv.conf');
  server = await startDnsServer();
  clock = new ManualClock();
  const servers = [server.address];
  resolver = createNameResolver({ clock, servers, hostsPath, resolvConfPath });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function ask(name: string): Promise<NameAnswer> {
  return new Promise((resolve) => resolver.resolve(name, resolve));
}

/** Resolves a name, and returns its addresses, or the code of the failure. */
async function found(name: string): Promise<readonly string[] | string> {
  const answer = await ask(name);
  return answer instanceof Error ? answer.code : answer.map(({ address }) => address);
}

describe('the answer of a name server', () => {
  test('has IPv4 and IPv6 addresses, which are used in turns', async () => {
    server.names.set('both.test', { ipv4: ['192.0.2.1', '192.0.2.2'], ipv6: ['2001:db8::1'] });
    expect(await ask('both.test')).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
      { address: '192.0.2.2', family: 4 },
    ]);
  });

  test('a name may have IPv6 only', async () => {
    server.names.set('six.test', { ipv6: ['2001:db8::1'] });
    expect(await found('six.test')).toEqual(['2001:db8::1']);
  });

  test('an alias is followed', async () => {
    server.names.set('www.test', { alias: 'host.test', ipv4: ['192.0.2.7'] });
    expect(await found('www.test')).toEqual(['192.0.2.7']);
  });

  test.each([
    ['NXDOMAIN', 'ENOTFOUND'],
    ['SERVFAIL', 'ESERVFAIL'],
    ['REFUSED', 'EREFUSED'],
  ] as const)('%s is a failure of that kind', async (answer, code) => {
    server.names.set('failing.test', answer);
    expect(await found('failing.test')).toBe(code);
  });

  test('a name without any address is a failure', async () => {
    server.names.set('mail.test', {});
    expect(await found('mail.test')).toBe('ENOTFOUND');
  });

  test.each(['a..test', `${'a'.repeat(64)}.test`, `${'abcdefg.'.repeat(40)}test`])(
    'the impossible name %s is a failure, not an exception',
    async (name) => {
      expect(await ask(name)).toBeInstanceOf(Error);
    },
  );

  test('a server that never answers for IPv6 delays IPv4 by 50 ms', async () => {
    server.names.set('broken.test', 'hangs for IPv6');
    const answer = found('broken.test');
    await waitFor(() => clock.pending === 1, 'the answer for IPv4');
    clock.advance(50);
    expect(await answer).toEqual(['192.0.2.1']);
    expect(clock.pending).toBe(0);
  });
});

describe('answers', () => {
  test('are shared by all callers at the same time', async () => {
    server.names.set('shared.test', { ipv4: ['192.0.2.1'] });
    server.held = true;
    const answers = Array.from({ length: 10 }, () => found('shared.test'));
    await waitFor(() => server.questions.length === 2);
    server.release();
    for (const answer of await Promise.all(answers)) expect(answer).toEqual(['192.0.2.1']);
    expect(server.questions.toSorted()).toEqual(['A shared.test', 'AAAA shared.test']);
  });

  test.each([
    [0, 1],
    [30, 30],
    [86_400, 60],
  ])('with a TTL of %i s are kept for %i s', async (ttl, seconds) => {
    server.names.set('kept.test', { ipv4: ['192.0.2.1'], ttl });
    await ask('kept.test');
    server.names.set('kept.test', { ipv4: ['192.0.2.2'], ttl });
    clock.advance(seconds * 1_000 - 1);
    expect(await found('kept.test')).toEqual(['192.0.2.1']);
    clock.advance(1);
    expect(await found('kept.test')).toEqual(['192.0.2.2']);
  });

  test('are kept for a second when they are failures', async () => {
    expect(await found('late.test')).toBe('ENOTFOUND');
    server.names.set('late.test', { ipv4: ['192.0.2.1'] });
    clock.advance(999);
    expect(await found('late.test')).toBe('ENOTFOUND');
    clock.advance(1);
    expect(await found('late.test')).toEqual(['192.0.2.1']);
  });

  test('are kept although the wall clock is set', async () => {
    server.names.set('kept.test', { ipv4: ['192.0.2.1'] });
    await ask('kept.test');
    clock.setBy(3_600_000);
    await ask('kept.test');
    expect(server.questions).toHaveLength(2);
  });
});

describe('a name that hangs', () => {
  test('delays no other, even when a thousand names hang', async () => {
    const giveUps = Array.from({ length: 1_000 }, (_, i) => {
      server.names.set(`hanging${i}.test`, 'hangs');
      return resolver.resolve(`hanging${i}.test`, () => {});
    });
    server.names.set('healthy.test', { ipv4: ['192.0.2.1'] });
    await waitFor(() => new Set(server.questions).size === 2_000, 'all to be asked');
    const startedAt = performance.now();
    expect(await found('healthy.test')).toEqual(['192.0.2.1']);
    // Behind a name that hangs, it would wait for 2 s, the first try of the look-up.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    for (const giveUp of giveUps) giveUp();
  });

  test('is answered late to callers that still wait, and not to those that gave up', async () => {
    server.names.set('slow.test', { ipv4: ['192.0.2.1'] });
    server.held = true;
    let told = false;
    const giveUp = resolver.resolve('slow.test', () => (told = true));
    const patient = found('slow.test');
    await waitFor(() => server.questions.length === 2);
    giveUp();
    server.release();
    expect(await patient).toEqual(['192.0.2.1']);
    expect(told).toBe(false);
  });

  test('is looked up again after all callers have given up', async () => {
    server.names.set('slow.test', 'hangs');
    const giveUp = resolver.resolve('slow.test', () => {});
    await waitFor(() => server.questions.length === 2);
    giveUp();
    giveUp();
    server.names.set('slow.test', { ipv4: ['192.0.2.1'] });
    expect(await found('slow.test')).toEqual(['192.0.2.1']);
  });
});

describe('the hosts file', () => {
  test('beats the name servers, and is read again when it has changed', async () => {
    server.names.set('pinned.test', { ipv4: ['192.0.2.1'] });
    writeFileSync(
      hostsPath,
      '# comment\n10.0.0.1\tPinned.test alias.test # more\r\nfd00::1 pinned.test\n',
    );
    expect(await found('pinned.test')).toEqual(['10.0.0.1', 'fd00::1']);
    expect(await found('alias.test')).toEqual(['10.0.0.1']);
    writeFileSync(hostsPath, '10.0.0.22 pinned.test\n');
    expect(await found('pinned.test')).toEqual(['10.0.0.1', 'fd00::1']);
    clock.advance(1_000);
    expect(await found('pinned.test')).toEqual(['10.0.0.22']);
    rmSync(hostsPath);
    clock.advance(1_000);
    expect(await found('pinned.test')).toEqual(['192.0.2.1']);
  });

  test('decides over localhost, which is the loopback without the file', async () => {
    expect(await found('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(await found('app.localhost')).toEqual(['127.0.0.1', '::1']);
    expect(server.questions).toEqual([]);
    writeFileSync(hostsPath, '127.0.0.9 localhost\n');
    clock.advance(1_000);
    expect(await found('localhost.')).toEqual(['127.0.0.9']);
  });
});

describe('the search list', () => {
  beforeEach(() => {
    server.names.set('api.shop.svc.cluster.test', { ipv4: ['10.0.0.1'] });
    server.names.set('example.test', { ipv4: ['192.0.2.1'] });
  });

  test('completes short names first, and full ones last, by ndots', async () => {
    writeFileSync(resolvConfPath, 'search svc.cluster.test cluster.test.\noptions edns0 ndots:5\n');
    expect(await found('api.shop')).toEqual(['10.0.0.1']);
    expect(await found('example.test')).toEqual(['192.0.2.1']);
    expect(server.questions.filter((question) => question.startsWith('A '))).toEqual([
      'A api.shop.svc.cluster.test',
      'A example.test.svc.cluster.test',
      'A example.test.cluster.test',
      'A example.test',
    ]);
  });

  test('is used after a name with enough dots was not found', async () => {
    writeFileSync(resolvConfPath, 'domain svc.cluster.test\n');
    expect(await found('api.shop')).toEqual(['10.0.0.1']);
    expect(server.questions[0]).toBe('A api.shop');
  });

  test('is not used for a name that ends with a dot', async () => {
    writeFileSync(resolvConfPath, 'search svc.cluster.test\noptions ndots:5\n');
    expect(await found('api.shop.')).toBe('ENOTFOUND');
  });

  test('skips a domain whose server fails, and reports the failure when nothing is found', async () => {
    writeFileSync(resolvConfPath, 'search failing.test cluster.test\noptions ndots:5\n');
    server.names.set('web.failing.test', 'SERVFAIL');
    expect(await found('web')).toBe('ESERVFAIL');
    server.names.set('web.cluster.test', { ipv4: ['10.0.0.2'] });
    clock.advance(1_000);
    expect(await found('web')).toEqual(['10.0.0.2']);
  });
});
