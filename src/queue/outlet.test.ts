import { describe, expect, it } from 'vitest';
import type { Handoff } from '../domain/delivery.ts';
import { Outlet } from './outlet.ts';

const handoff = (messageId: string): Handoff => ({
  messageId,
  endpointId: 'ep_1',
  applicationId: 'app_1',
  payload: '{}',
  attemptCount: 0,
  scheduleStep: 0,
  trigger: 'scheduled',
  claim: { owner: 1, until: 1 },
});
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(handoff) as [Handoff, Handoff, Handoff, Handoff];

describe('Outlet', () => {
  it('hands over what fits in the prefetch, and the rest as acknowledgements make room', () => {
    const outlet = new Outlet();
    const received: Handoff[] = [];
    outlet.consume(2, (handoffs) => received.push(...handoffs));
    outlet.push([a, b, c], false);
    expect(received).toEqual([a, b]);
    outlet.push([d], false);
    outlet.ack(1);
    expect(received).toEqual([a, b, c]);
    outlet.ack(2);
    expect(received).toEqual([a, b, c, d]);
  });

  it('keeps its own copy of what has to wait', () => {
    const outlet = new Outlet();
    const reused = [a, b];
    outlet.push(reused, false);
    reused.length = 0;
    const received: Handoff[] = [];
    outlet.consume(Infinity, (handoffs) => received.push(...handoffs));
    expect(received).toEqual([a, b]);
  });

  it('keeps order and prefetch when the receiver pushes and acknowledges while it receives', () => {
    const outlet = new Outlet();
    const received: Handoff[] = [];
    let depth = 0;
    outlet.consume(1, (handoffs) => {
      expect(++depth).toBe(1);
      received.push(...handoffs);
      if (handoffs[0] === a) outlet.push([d], false);
      outlet.ack(handoffs.length);
      depth--;
    });
    outlet.push([a, b, c], false);
    expect(received).toEqual([a, b, c, d]);
  });

  it('tells redelivered hand-offs from others', () => {
    const outlet = new Outlet();
    outlet.push([a], true);
    outlet.push([b], false);
    const received: [readonly Handoff[], boolean][] = [];
    outlet.consume(Infinity, (...batch) => received.push(batch));
    expect(received).toEqual([
      [[a], true],
      [[b], false],
    ]);
  });

  it('removes only waiting hand-offs that match, and goes on in order', () => {
    const outlet = new Outlet();
    const received: Handoff[] = [];
    outlet.consume(1, (handoffs) => received.push(...handoffs));
    outlet.push([a, b], false);
    outlet.push([c], false);
    outlet.push([d], false);
    expect(outlet.remove((waiting) => waiting === a || waiting === c)).toEqual([c]);
    outlet.ack(1);
    outlet.ack(1);
    expect(received).toEqual([a, b, d]);
  });

  it('gives nothing to a stopped consumer, and the rest to the next one', async () => {
    const outlet = new Outlet();
    const first: Handoff[] = [];
    await outlet.consume(1, (handoffs) => first.push(...handoffs)).stop();
    outlet.push([a, b], false);
    expect(first).toEqual([]);
    const second: Handoff[] = [];
    outlet.consume(2, (handoffs) => second.push(...handoffs));
    expect(second).toEqual([a, b]);
    expect(() => outlet.consume(1, () => {})).toThrow('consumer');
  });

  it('takes time in proportion to what it hands over, however much waits', () => {
    const outlet = new Outlet();
    outlet.push(
      Array.from({ length: 200_000 }, () => a),
      false,
    );
    let receivedCount = 0;
    const startedAt = performance.now();
    outlet.consume(1, (handoffs) => {
      receivedCount += handoffs.length;
      outlet.ack(handoffs.length);
    });
    expect(receivedCount).toBe(200_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
