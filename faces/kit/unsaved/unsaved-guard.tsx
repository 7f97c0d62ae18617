import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, use, useCallback, useEffect, useRef, useState } from 'react';
import { useIsTopDialog } from '../parts/open-dialogs.ts';
import { type AskToLeave, AskToLeaveContext, UnsavedContext } from './unsaved-context.ts';
import type { UnsavedForms } from './unsaved-forms.ts';

/**
 * Asks before unsaved changes are lost by a link, the palette, the buttons of the browser or the closing of a dialog.
 * When the tab is closed or loaded again, the browser asks in its own words.
 */
export function UnsavedGuard({ children }: { children: ReactNode }) {
  const page = use(UnsavedContext);
  const [lost, setLost] = useState<readonly string[]>([]);
  const [isOpen, setIsOpen] = useState(false);
  const isTop = useIsTopDialog(isOpen);
  const question = useRef<Question | null>(null);

  const close = useCallback(() => {
    const closed = question.current;
    question.current = null;
    setIsOpen(false);
    return closed;
  }, []);
  const answer = useCallback((mayLeave: boolean) => close()?.answer(mayLeave), [close]);
  useEffect(() => () => answer(false), [answer]);

  const ask = useCallback(
    async (forms: UnsavedForms, isStep: boolean): Promise<boolean> => {
      // One question at a time: a second navigation answers the first question with no.
      answer(false);
      const losses = forms.losses();
      if (losses.length === 0) return true;
      setLost(losses);
      setIsOpen(true);
      const mayLeave = await new Promise<boolean>((resolve) => {
        question.current = { forms, isStep, answer: resolve };
      });
      if (mayLeave) forms.forget();
      return mayLeave;
    },
    [answer],
  );
  useEffect(
    () =>
      page.subscribe(() => {
        if (question.current === null) return;
        const losses = question.current.forms.losses();
        if (losses.length === 0) answer(true);
        else setLost((before) => (before.join() === losses.join() ? before : losses));
      }),
    [page, answer],
  );

  useBlocker({
    shouldBlockFn: async ({ action, current, next }) => {
      const isStep = action !== 'PUSH' && action !== 'REPLACE';
      // A second step during the question: the router goes back from the last step by all of them, so the first
      // step must not be answered, too.
      if (isStep && question.current?.isStep === true) close();
      return isElsewhere(current, next) && !(await ask(page, isStep));
    },
    enableBeforeUnload: () => page.losses().length > 0,
  });
  const askOf = useCallback<AskToLeave>((forms) => ask(forms, false), [ask]);

  return (
    <AskToLeaveContext value={askOf}>
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
          <Text size="sm">{sentence(`${lost.join(' and ')} will be lost.`)}</Text>
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

interface Question {
  readonly forms: UnsavedForms;
  /** Of the browser's back or forward: the address shows the other page already. */
  readonly isStep: boolean;
  readonly answer: (mayLeave: boolean) => void;
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

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
