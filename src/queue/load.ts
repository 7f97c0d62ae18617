import type { Handoff } from '../domain/delivery.ts';

/** How many hand-offs are held somewhere, and how large their payloads are. */
export class Load {
  count = 0;
  bytes = 0;

  add(count: number, bytes: number): void {
    this.count += count;
    this.bytes += bytes;
  }

  remove(count: number, bytes: number): void {
    this.count -= count;
    this.bytes -= bytes;
  }
}

export function payloadBytes(handoffs: readonly Handoff[]): number {
  let bytes = 0;
  for (const handoff of handoffs) bytes += handoff.payload.length;
  return bytes;
}
