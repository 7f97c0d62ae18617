import { useHotkeys } from '@mantine/hooks';

/** `mod+k` is Ctrl-K, and Cmd-K on a Mac; it also works while something is being typed. */
export function useHotkey(keys: string, action: () => void): void {
  useHotkeys([[keys, action]], []);
}
