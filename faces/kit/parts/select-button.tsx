import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';

/** A button in a row of a table: a click anywhere on the row presses it. */
export function SelectButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <UnstyledButton className="row-link" onClick={onClick}>
      {children}
    </UnstyledButton>
  );
}
