import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useUnsaved } from '../unsaved/use-unsaved.ts';
import { changedFields } from '../words/changed-fields.ts';

export interface Saving<Input extends object, Out> {
  /** What it is, for the question before it is lost: "the endpoint". */
  readonly name: string;
  /** What the form says now. Throws for what is nothing that can be saved, but not at first. */
  readonly read: () => Input;
  /** Gets all that is said, and what of it was changed since the form was opened, or saved. */
  readonly save: (input: Input, changed: Partial<Input>) => Promise<Out>;
  /** What a form says that `onSaved` empties of secrets; default: what was saved. */
  readonly emptied?: (input: Input) => Input;
  /** May leave the form: nothing in it is unsaved any more. */
  readonly onSaved?: (out: Out) => unknown;
}

/** For forms: only what was changed is saved, so that what somebody else changed meanwhile stays. */
export function useSaving<Input extends object, Out>({
  name,
  read,
  save,
  emptied = (input) => input,
  onSaved,
}: Saving<Input, Out>): UseMutationResult<Out, Error, void> {
  const [saved] = useState(() => ({ input: read() }));
  useUnsaved(`your changes to ${name}`, () => {
    try {
      return Object.keys(changedFields(saved.input, read())).length > 0;
    } catch {
      return true;
    }
  });
  return useMutation({
    mutationFn: async () => {
      const input = read();
      const out = await save(input, changedFields(saved.input, input));
      saved.input = emptied(input);
      return out;
    },
    onSuccess: async (out) => onSaved?.(out),
  });
}
