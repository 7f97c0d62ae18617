import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';

/** In a row of a table: the whole row opens what the button names. */
export function SelectButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <UnstyledButton className="row-link" onClick={onClick}>
      {children}
    </UnstyledButton>
  );
}
