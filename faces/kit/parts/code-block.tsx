import { Group, Text } from '@mantine/core';
import { visible } from '../words/visible.ts';
import { CopyButton } from './copy-button.tsx';

/** Shows a text unchanged, with a button that copies it. It scrolls within its box, also by the keyboard. */
export function CodeBlock({ label, text }: { label: string; text: string }) {
  return (
    <div className="card surface code-block">
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <CopyButton text={text} label={label.toLowerCase()} />
      </Group>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {visible(text)}
      </pre>
    </div>
  );
}

/** Indents JSON; returns any other text unchanged. */
export function readable(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? '';
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
