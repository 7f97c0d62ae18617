import { Drawer, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { UnsavedContext } from '../unsaved/unsaved-context.ts';
import type { UnsavedForms } from '../unsaved/unsaved-forms.ts';
import { useInnerForms } from '../unsaved/use-inner-forms.ts';
import { useIsTopDialog } from './open-dialogs.ts';

export interface DialogProps {
  readonly isOpen: boolean;
  /** Called when a person closes the dialog, after the question about unsaved changes. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
}

/** A question in the middle of the page. */
export function Dialog({ isOpen, onClose, title, children }: DialogProps) {
  const { forms, closing } = useClosing(isOpen, onClose);
  return (
    <Modal opened={isOpen} {...closing} title={title}>
      <UnsavedContext value={forms}>{children}</UnsavedContext>
    </Modal>
  );
}

/** A form, or the details of a row, at the side of the page. */
export function Panel({ isOpen, onClose, title, children }: DialogProps) {
  const { forms, closing } = useClosing(isOpen, onClose);
  return (
    <Drawer opened={isOpen} {...closing} title={title}>
      <UnsavedContext value={forms}>{children}</UnsavedContext>
    </Drawer>
  );
}

interface Closing {
  /** The forms in the dialog. */
  readonly forms: UnsavedForms;
  readonly closing: { readonly onClose: () => void; readonly closeOnEscape: boolean };
}

function useClosing(isOpen: boolean, onClose: () => void): Closing {
  const { forms, leave } = useInnerForms();
  const closeOnEscape = useIsTopDialog(isOpen);
  return { forms, closing: { onClose: () => leave(onClose), closeOnEscape } };
}
