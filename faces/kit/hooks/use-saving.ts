import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { changedFields } from '../words/changed-fields.ts';

export interface Saving<Input extends object> {
  /** What the form says now. Throws for what is nothing that can be saved. */
  readonly read: () => Input;
  /** Gets all that is said, and what of it was changed since the form was opened, or saved. */
  readonly save: (input: Input, changed: Partial<Input>) => Promise<unknown>;
  readonly onSaved?: () => Promise<unknown>;
}

/** For forms of what exists: only what was changed is saved, so that what somebody else changed meanwhile stays. */
export function useSaving<Input extends object>({
  read,
  save,
  onSaved,
}: Saving<Input>): UseMutationResult<Input, Error, void> {
  const [saved, setSaved] = useState(read);
  return useMutation({
    mutationFn: async () => {
      const input = read();
      await save(input, changedFields(saved, input));
      return input;
    },
    onSuccess: async (input) => {
      setSaved(input);
      await onSaved?.();
    },
  });
}
