export interface UnsavedForm {
  /** The name in the question before changes are lost: "the endpoint". */
  readonly name: string;
  readonly isChanged: () => boolean;
}

/** The open forms of a page, or of one dialog. */
export interface UnsavedForms {
  /** Adds a form. Returns a function that removes it. */
  readonly add: (form: UnsavedForm) => () => void;
  readonly remove: (form: UnsavedForm) => void;
  /** The names of the forms with unsaved changes. */
  readonly changed: () => readonly string[];
  /** A person agreed to lose the changes: they are not asked for again. */
  readonly forget: () => void;
}

/** `page`, for a dialog: the forms of its page, which get the dialog's forms, too, because leaving the page closes the dialog. */
export function createUnsavedForms(page?: UnsavedForms): UnsavedForms {
  const forms = new Set<UnsavedForm>();
  function remove(form: UnsavedForm): void {
    forms.delete(form);
    page?.remove(form);
  }
  return {
    add(form) {
      forms.add(form);
      page?.add(form);
      return () => remove(form);
    },
    remove,
    changed: () => [...forms].filter(({ isChanged }) => isChanged()).map(({ name }) => name),
    forget: () => forms.forEach(remove),
  };
}
