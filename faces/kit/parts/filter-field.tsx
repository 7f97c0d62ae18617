import { TextInput } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useSearchValue } from '../hooks/use-search-value.ts';

export interface FilterFieldProps {
  /** In the address. */
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'datetime-local';
  readonly width?: number;
}

/** A text that narrows a list; it stands in the address. Takes effect with Enter, or when the field is left. */
export function FilterField({ name, width, ...props }: FilterFieldProps) {
  const [value, setValue] = useSearchValue(name);
  const field = useRef<HTMLInputElement>(null);
  // The address has the last word, as after “Show all”; the field stays the same, and keeps the focus.
  useEffect(() => {
    if (field.current) field.current.value = value;
  }, [value]);
  return (
    <TextInput
      ref={field}
      size="xs"
      {...props}
      {...(width !== undefined && { w: width })}
      defaultValue={value}
      onBlur={(event) => setValue(event.currentTarget.value.trim())}
      onKeyDown={(event) => event.key === 'Enter' && setValue(event.currentTarget.value.trim())}
    />
  );
}
