import { use, useState } from 'react';
import { UnsavedContext } from './unsaved-context.ts';
import { type UnsavedForms, createUnsavedForms } from './unsaved-forms.ts';
import { useLeave } from './use-leave.ts';

export interface InnerForms {
  /** The value of the `UnsavedContext` around the part. */
  readonly forms: UnsavedForms;
  /** Calls `go` after the question about unsaved changes in `forms`. */
  readonly leave: (go: () => void) => void;
}

/** The forms of a part of the page that can be left alone, such as a dialog. Leaving the page leaves them, too. */
export function useInnerForms(): InnerForms {
  const page = use(UnsavedContext);
  const [forms] = useState(() => createUnsavedForms(page));
  const leave = useLeave(forms);
  return { forms, leave };
}
