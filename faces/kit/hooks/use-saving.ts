import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useUnsaved } from '../unsaved/use-unsaved.ts';
import { changedFields } from '../words/changed-fields.ts';

export interface Saving<Input extends object, Out> {
  /** The name of the edited thing in the question before changes are lost: "the endpoint". */
  readonly name: string;
  /** The present input of the form. Throws when it can't be saved; must not throw at the first call. */
  readonly read: () => Input;
  /** Gets the whole input, and the part that was changed since the form was opened or saved. */
  readonly save: (input: Input, changed: Partial<Input>) => Promise<Out>;
  /** The form's input after a save, when the form clears its secrets then; default: the saved input. */
  readonly emptied?: (input: Input) => Input;
  /** May leave the form: all its changes are saved. */
  readonly onSaved?: (out: Out) => unknown;
}

/** Saves a form. Only changed fields are saved, so that changes of somebody else to other fields stay. */
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
