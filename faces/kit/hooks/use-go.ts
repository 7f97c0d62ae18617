import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';

/** Goes to a path within the face, with its search: `/messages?find=msg_1`. */
export function useGo(): (to: string) => void {
  const { history, basepath } = useRouter();
  return useCallback(
    (to) => history.push(basepath === '/' ? to : basepath + to),
    [history, basepath],
  );
}
