import { use, useEffect, useEffectEvent } from 'react';
import { UnsavedContext } from './unsaved-context.ts';

/** While `isChanged` returns true, leaving the component asks first. `lost` is the loss in the question: "your changes to the endpoint". */
export function useUnsaved(lost: string, isChanged: () => boolean): void {
  const forms = use(UnsavedContext);
  const isChangedNow = useEffectEvent(isChanged);
  useEffect(() => forms.add({ lost, isChanged: () => isChangedNow() }), [forms, lost]);
  // A save that ends during the question ends the question.
  useEffect(() => forms.changed());
}
