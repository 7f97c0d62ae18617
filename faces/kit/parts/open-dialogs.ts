import { useEffect, useId, useSyncExternalStore } from 'react';

interface OpenDialog {
  readonly id: string;
}
let open: readonly OpenDialog[] = [];
const listeners = new Set<() => void>();

/** Whether a dialog is the topmost one: Escape closes only that. */
export function useIsTopDialog(isOpen: boolean): boolean {
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const dialog = { id };
    change([...open, dialog]);
    // Later, because the same Escape event would also close the dialog behind.
    return () => void setTimeout(() => change(open.filter((other) => other !== dialog)));
  }, [isOpen, id]);
  return useSyncExternalStore(subscribe, () => open.at(-1)?.id === id);
}

function change(now: readonly OpenDialog[]): void {
  open = now;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
