import { Drawer, Modal } from '@mantine/core';
import { type ReactNode, use, useState } from 'react';
import { UnsavedContext } from '../unsaved/unsaved-context.ts';
import { type UnsavedForms, createUnsavedForms } from '../unsaved/unsaved-forms.ts';
import { useLeave } from '../unsaved/use-leave.ts';
import { useIsTopDialog } from './open-dialogs.ts';

export interface DialogProps {
  readonly isOpen: boolean;
  /** Somebody wants to close it, and loses nothing or agreed to. */
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

/** A form, or more of a row, at the side of the page. */
export function Panel({ isOpen, onClose, title, children }: DialogProps) {
  const { forms, closing } = useClosing(isOpen, onClose);
  return (
    <Drawer opened={isOpen} {...closing} title={title}>
      <UnsavedContext value={forms}>{children}</UnsavedContext>
    </Drawer>
  );
}

interface Closing {
  /** Of the forms in the dialog. */
  readonly forms: UnsavedForms;
  readonly closing: { readonly onClose: () => void; readonly closeOnEscape: boolean };
}

function useClosing(isOpen: boolean, onClose: () => void): Closing {
  const page = use(UnsavedContext);
  const [forms] = useState(() => createUnsavedForms(page));
  const leave = useLeave(forms);
  const closeOnEscape = useIsTopDialog(isOpen);
  return { forms, closing: { onClose: () => leave(onClose), closeOnEscape } };
}
