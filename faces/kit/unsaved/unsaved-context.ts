import { createContext } from 'react';
import { type UnsavedForms, createUnsavedForms } from './unsaved-forms.ts';

/** The forms of the page, or of the dialog, that a component is in. */
export const UnsavedContext = createContext<UnsavedForms>(createUnsavedForms());

/** Whether these forms may be left: asks when something would be lost. */
export type AskToLeave = (forms: UnsavedForms) => Promise<boolean>;

export const AskToLeaveContext = createContext<AskToLeave>(() => Promise.resolve(true));
