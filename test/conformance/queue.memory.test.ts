import { describe } from 'vitest';
import { createMemoryQueue } from '../../src/queue/memory/memory-queue.ts';
import { describeQueue } from './queue.ts';

describe('the memory queue', () => {
  describeQueue(() => ({
    redelivers: false,
    async open(limits) {
      const queue = createMemoryQueue(limits);
      await queue.start();
      return queue;
    },
  }));
});
