export interface UnsavedForm {
  /** The loss in the question before it: "your changes to the endpoint". */
  readonly lost: string;
  readonly isChanged: () => boolean;
}

/** The open forms of a page, or of one dialog. */
export interface UnsavedForms {
  /** Adds a form. Returns a function that removes it. */
  readonly add: (form: UnsavedForm) => () => void;
  readonly remove: (form: UnsavedForm) => void;
  /** What the forms with unsaved changes would lose. */
  readonly losses: () => readonly string[];
  /** A person agreed to lose the changes: they are not asked for again. */
  readonly forget: () => void;
  /** Tells the listeners that `losses` may have changed. */
  readonly changed: () => void;
  /** Adds a listener to `changed`. Returns a function that removes it. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** `page`, for a dialog: the forms of its page, which get the dialog's forms, too, because leaving the page closes the dialog. */
export function createUnsavedForms(page?: UnsavedForms): UnsavedForms {
  const forms = new Set<UnsavedForm>();
  const listeners = new Set<() => void>();
  function remove(form: UnsavedForm): void {
    forms.delete(form);
    page?.remove(form);
    changed();
  }
  function changed(): void {
    page?.changed();
    listeners.forEach((listener) => listener());
  }
  return {
    add(form) {
      forms.add(form);
      page?.add(form);
      return () => remove(form);
    },
    remove,
    losses: () => [...forms].filter(({ isChanged }) => isChanged()).map(({ lost }) => lost),
    forget: () => forms.forEach(remove),
    changed,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
