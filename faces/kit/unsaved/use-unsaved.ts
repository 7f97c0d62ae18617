import { use, useEffect, useEffectEvent } from 'react';
import { UnsavedContext } from './unsaved-context.ts';

/** While `isChanged` returns true, leaving the component asks first. `name` is the lost thing in the question: "the endpoint". */
export function useUnsaved(name: string, isChanged: () => boolean): void {
  const forms = use(UnsavedContext);
  const isChangedNow = useEffectEvent(isChanged);
  useEffect(() => forms.add({ name, isChanged: () => isChangedNow() }), [forms, name]);
}
