import type { ReactNode } from 'react';

export interface FormProps {
  readonly onSubmit: () => void;
  readonly role?: 'search';
  readonly children: ReactNode;
}

/** A form that the page submits by itself, without leaving it. */
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
