import { describe } from 'vitest';
import { createMemoryQueue } from '../../src/queue/memory/memory-queue.ts';
import { describeQueue } from './queue.ts';

describe('the memory queue', () => {
  describeQueue(false, () => async () => {
    const queue = createMemoryQueue();
    await queue.start();
    return queue;
  });
});
