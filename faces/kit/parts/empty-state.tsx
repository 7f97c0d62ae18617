import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** Says why a list is empty, and how to change that. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack className="card surface" align="center" gap="xs" py="xl" ta="center">
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw="34rem" component="div">
        {children}
      </Text>
    </Stack>
  );
}
