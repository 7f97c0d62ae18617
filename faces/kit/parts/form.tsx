import type { ReactNode } from 'react';

export interface FormProps {
  readonly onSubmit: () => void;
  readonly role?: 'search';
  readonly children: ReactNode;
}

/** A form that is submitted without leaving the page. */
export function Form({ onSubmit, role, children }: FormProps) {
  return (
    <form
      role={role}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
