import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { createGatherer } from './gatherer.ts';
import { followSharedEvents } from './shared-events.ts';

/**
 * Reads everything that is shown anew as the server tells of changes. Answers whether it would be told
 * now; null: not known yet.
 */
export function useLive(): boolean | null {
  const queries = useQueryClient();
  const [isConnected, setConnected] = useState<boolean | null>(null);
  useEffect(() => {
    const gatherer = createGatherer(() => queries.invalidateQueries());
    const stopFollowing = followSharedEvents({
      onChange: gatherer.changed,
      onConnection(connected) {
        setConnected(connected);
        if (connected) gatherer.changed();
      },
    });
    return () => {
      stopFollowing();
      gatherer.stop();
    };
  }, [queries]);
  return isConnected;
}
