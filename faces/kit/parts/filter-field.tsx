import { TextInput } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useSearchValue } from '../hooks/use-search-value.ts';

export interface FilterFieldProps {
  /** The name of the value in the address. */
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'datetime-local';
  readonly width?: number;
}

/** A text filter of a list, kept in the address. It takes effect with Enter, or when the field loses focus. */
export function FilterField({ name, width, ...props }: FilterFieldProps) {
  const [value, setValue] = useSearchValue(name);
  const field = useRef<HTMLInputElement>(null);
  // The field follows the address, for example after “Show all”. It is not replaced, so it keeps the focus.
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
