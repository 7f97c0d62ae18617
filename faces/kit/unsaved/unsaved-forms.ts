export interface UnsavedForm {
  /** As the question names what would be lost: "the endpoint". */
  readonly name: string;
  readonly isChanged: () => boolean;
}

/** The forms that somebody sees, in a page or in one dialog of it. */
export interface UnsavedForms {
  /** Until what it returns is called. */
  readonly add: (form: UnsavedForm) => () => void;
  readonly remove: (form: UnsavedForm) => void;
  /** The names of what would be lost now. */
  readonly changed: () => readonly string[];
  /** Somebody agreed to lose what they say: nothing asks for them again. */
  readonly forget: () => void;
}

/** `page`: gets the forms of a dialog, too, because whoever leaves the page leaves the dialog. */
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
