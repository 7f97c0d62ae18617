import { createContext } from 'react';
import { type UnsavedForms, createUnsavedForms } from './unsaved-forms.ts';

/** The forms of the page or the dialog around a component. */
export const UnsavedContext = createContext<UnsavedForms>(createUnsavedForms());

/** Asks a person whether unsaved changes in these forms may be lost. True at once when there are none. */
export type AskToLeave = (forms: UnsavedForms) => Promise<boolean>;

export const AskToLeaveContext = createContext<AskToLeave>(() => Promise.resolve(true));
