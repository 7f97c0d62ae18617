import { expect, it } from 'vitest';
import type { Listener, ListenerRequest } from '../../src/domain/listener.ts';
import { NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeListeners(suite: Suite): void {
  const listener = (given: Partial<Listener> = {}): Listener => ({
    id: 'a',
    organizationId: ORGANIZATION,
    applicationId: 'app_1',
    expiresAt: NOW + 10,
    ...given,
  });
  const request = (id: string, given: Partial<ListenerRequest> = {}): ListenerRequest => ({
    id,
    listenerId: 'a',
    head: 'POST /a HTTP/1.1\r\nwebhook-id: msg_1\r\n\r\n',
    body: '{"a":"ü\\u0000"}',
    expiresAt: NOW + 5,
    ...given,
  });
  const answer = { status: 200, headers: { 'retry-after': '5' }, body: 'ok', detail: '' };

  it('a listener lives until it expires, can be renewed, and belongs to one application', async () => {
    const { listeners } = suite.world.storage;
    expect(await listeners.keep(listener())).toBe(true);
    expect(await listeners.get('a', NOW)).toEqual(listener());
    expect(await listeners.get('a', NOW + 10)).toBeNull();
    expect(await listeners.expired(NOW + 9, 5)).toEqual([]);
    expect(await listeners.keep(listener({ expiresAt: NOW + 20 }))).toBe(true);
    expect(await listeners.keep(listener({ applicationId: 'app_2' }))).toBe(false);
    expect(await listeners.get('a', NOW + 10)).toEqual(listener({ expiresAt: NOW + 20 }));
    expect(await listeners.count('app_1', NOW)).toBe(1);
    expect(await listeners.count('app_1', NOW + 20)).toBe(0);
    expect(await listeners.expired(NOW + 20, 5)).toEqual([listener({ expiresAt: NOW + 20 })]);
  });

  it('a listener gets requests in order, each until it is answered or expires', async () => {
    const { listeners } = suite.world.storage;
    await listeners.keep(listener());
    for (const id of ['lreq_1', 'lreq_2', 'lreq_3']) {
      expect(await listeners.ask(request(id), NOW)).toBe(true);
    }
    expect(await listeners.open('a', [], NOW, 2)).toEqual([request('lreq_1'), request('lreq_2')]);
    expect(await listeners.open('a', ['lreq_1'], NOW, 1)).toEqual([request('lreq_2')]);
    expect(await listeners.open('a', [], NOW + 5, 5)).toEqual([]);
    expect(await listeners.open('b', [], NOW, 5)).toEqual([]);

    await listeners.answer('a', 'lreq_1', answer);
    await listeners.answer('a', 'lreq_1', { ...answer, status: 500 });
    await listeners.answer('b', 'lreq_2', answer);
    expect(await listeners.answers(['lreq_1', 'lreq_2'])).toEqual(new Map([['lreq_1', answer]]));
    expect(await listeners.open('a', [], NOW, 5)).toHaveLength(2);
    await listeners.forget(['lreq_1']);
    expect(await listeners.answers(['lreq_1'])).toEqual(new Map());
    expect(await listeners.answers([])).toEqual(new Map());
  });

  it('a listener gets no request that would expire after it', async () => {
    const { listeners } = suite.world.storage;
    expect(await listeners.ask(request('lreq_1'), NOW)).toBe(false);
    await listeners.keep(listener());
    expect(await listeners.ask(request('lreq_1'), NOW + 10)).toBe(false);
    await listeners.ask(request('lreq_1'), NOW);
    await listeners.delete('a');
    expect(await listeners.get('a', NOW)).toBeNull();
    await listeners.keep(listener());
    expect(await listeners.open('a', [], NOW, 5)).toEqual([]);

    await listeners.ask(request('lreq_2'), NOW);
    await listeners.forgetExpired(NOW + 5);
    expect(await listeners.open('a', [], NOW, 5)).toEqual([]);
  });
}
