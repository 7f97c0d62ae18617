import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { createGatherer } from './gatherer.ts';
import { followSharedEvents } from './shared-events.ts';

/**
 * Reloads the data shown when the server reports a change. Returns whether such reports reach the page now;
 * null: not known yet.
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
