import { CloseButton, Paper, Text } from '@mantine/core';
import { type ReactNode, createContext, use, useCallback, useEffect, useState } from 'react';
import { toApiError } from '../api/api-error.ts';
import { visible } from '../words/visible.ts';

interface Announcement {
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

type Announce = (text: string, tone?: Announcement['tone']) => void;

const AnnounceContext = createContext<Announce>(() => {});

/** Returns a function that announces the result of an operation: in a corner of the page, and to screen readers. */
export function useAnnounce(): Announce {
  return use(AnnounceContext);
}

/** Announces the error of an operation that has no place for it on the page. */
export function useAnnounceError(): (error: unknown) => void {
  const announce = useAnnounce();
  return useCallback((error) => announce(toApiError(error).message, 'bad'), [announce]);
}

const SHOWN_MS = 7_000;

export function Announcer({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Announcement | null>(null);
  const announce = useCallback<Announce>((text, tone = 'good') => setShown({ text, tone }), []);
  useEffect(() => {
    // An error stays until somebody has read it.
    if (shown?.tone !== 'good') return undefined;
    const timer = setTimeout(() => setShown(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="announcer" role="status" aria-live="polite">
        {shown && (
          <Paper withBorder shadow="md" p="sm" className="announcement">
            <span className="dot" data-tone={shown.tone} aria-hidden />
            <Text size="sm" className="break" style={{ flex: 1 }}>
              {visible(shown.text)}
            </Text>
            <CloseButton size="sm" aria-label="Dismiss" onClick={() => setShown(null)} />
          </Paper>
        )}
      </div>
    </AnnounceContext>
  );
}
