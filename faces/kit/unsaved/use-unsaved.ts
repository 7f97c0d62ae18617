import { use, useEffect, useEffectEvent } from 'react';
import { UnsavedContext } from './unsaved-context.ts';

/** While `isChanged`, whoever leaves the component is asked first. `lost`: what would be, "your changes to the endpoint". */
export function useUnsaved(lost: string, isChanged: () => boolean): void {
  const forms = use(UnsavedContext);
  const isChangedNow = useEffectEvent(isChanged);
  useEffect(() => forms.add({ lost, isChanged: () => isChangedNow() }), [forms, lost]);
  // Whoever is asked while it is being saved need not answer any more.
  useEffect(() => forms.changed());
}
