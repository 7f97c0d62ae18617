import { use, useEffect, useEffectEvent } from 'react';
import { UnsavedContext } from './unsaved-context.ts';

/** While `isChanged`, whoever leaves the component is asked first. `name`: of what would be lost, "the endpoint". */
export function useUnsaved(name: string, isChanged: () => boolean): void {
  const forms = use(UnsavedContext);
  const isChangedNow = useEffectEvent(isChanged);
  useEffect(() => forms.add({ name, isChanged: () => isChangedNow() }), [forms, name]);
}
