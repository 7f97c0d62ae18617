import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, use, useCallback, useEffect, useRef, useState } from 'react';
import { useIsTopDialog } from '../parts/open-dialogs.ts';
import { type AskToLeave, AskToLeaveContext, UnsavedContext } from './unsaved-context.ts';

/**
 * Asks before unsaved changes are lost by a link, the palette, the buttons of the browser or the closing of a dialog.
 * When the tab is closed or loaded again, the browser asks in its own words.
 */
export function UnsavedGuard({ children }: { children: ReactNode }) {
  const page = use(UnsavedContext);
  const [names, setNames] = useState<readonly string[]>([]);
  const [isOpen, setIsOpen] = useState(false);
  const isTop = useIsTopDialog(isOpen);
  const answerTo = useRef<((mayLeave: boolean) => void) | null>(null);

  const answer = useCallback((mayLeave: boolean) => {
    setIsOpen(false);
    answerTo.current?.(mayLeave);
    answerTo.current = null;
  }, []);
  useEffect(() => () => answer(false), [answer]);

  const ask = useCallback<AskToLeave>(
    async (forms) => {
      const changed = forms.changed();
      if (changed.length === 0) return true;
      // One question at a time: a second navigation answers the first question with no.
      answer(false);
      setNames(changed);
      setIsOpen(true);
      const mayLeave = await new Promise<boolean>((resolve) => (answerTo.current = resolve));
      if (mayLeave) forms.forget();
      return mayLeave;
    },
    [answer],
  );

  useBlocker({
    shouldBlockFn: async ({ current, next }) => isElsewhere(current, next) && !(await ask(page)),
    enableBeforeUnload: () => page.changed().length > 0,
  });

  return (
    <AskToLeaveContext value={ask}>
      {children}
      <Modal
        opened={isOpen}
        onClose={() => answer(false)}
        closeOnEscape={isTop}
        title="Leave without saving?"
        // Above the dialogs that it asks about, which are opened later.
        zIndex={400}
      >
        <Stack gap="sm">
          <Text size="sm">Your changes to {names.join(' and ')} will be lost.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => answer(false)} data-autofocus>
              Stay
            </Button>
            <Button color="red.9" onClick={() => answer(true)}>
              Leave
            </Button>
          </Group>
        </Stack>
      </Modal>
    </AskToLeaveContext>
  );
}

interface Place {
  readonly pathname: string;
  readonly search: unknown;
}

/** A link to a `#` within the page does not leave the page. */
function isElsewhere(current: Place, next: Place): boolean {
  return (
    current.pathname !== next.pathname ||
    JSON.stringify(current.search) !== JSON.stringify(next.search)
  );
}
