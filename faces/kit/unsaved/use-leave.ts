import { use, useCallback } from 'react';
import { AskToLeaveContext, UnsavedContext } from './unsaved-context.ts';
import type { UnsavedForms } from './unsaved-forms.ts';

/** Returns a function that calls `go` after the question about unsaved changes in `forms`; default: those around the component. */
export function useLeave(forms?: UnsavedForms): (go: () => void) => void {
  const ask = use(AskToLeaveContext);
  const around = use(UnsavedContext);
  const left = forms ?? around;
  return useCallback((go) => void ask(left).then((may) => may && go()), [ask, left]);
}
