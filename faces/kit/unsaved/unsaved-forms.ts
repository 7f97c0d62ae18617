export interface UnsavedForm {
  /** As the question says it: "your changes to the endpoint". */
  readonly lost: string;
  readonly isChanged: () => boolean;
}

/** The forms that somebody sees, in a page or in one dialog of it. */
export interface UnsavedForms {
  /** Until what it returns is called. */
  readonly add: (form: UnsavedForm) => () => void;
  readonly remove: (form: UnsavedForm) => void;
  /** What would be lost now. */
  readonly losses: () => readonly string[];
  /** Somebody agreed to lose what they say: nothing asks for them again. */
  readonly forget: () => void;
  /** What would be lost may be other than before. */
  readonly changed: () => void;
  /** Calls the listener then, until what it returns is called. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** `page`: gets the forms of a dialog, too, because whoever leaves the page leaves the dialog. */
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
