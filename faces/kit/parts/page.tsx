import { Group, Stack, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { visible } from '../words/visible.ts';
import { Link } from './link.tsx';

export interface PageProps {
  readonly title: string;
  /** The pages above this one, for the breadcrumb. */
  readonly trail?: readonly { readonly title: string; readonly to: string }[];
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page with its main heading, which is also the title of the browser's tab. */
export function Page({ title, trail = [], actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${visible(title)} · ${document.documentElement.dataset['faceName'] ?? 'Posthaste'}`;
  }, [title]);
  return (
    <Stack gap="md" maw="88rem">
      {trail.length > 0 && (
        <nav aria-label="Breadcrumb">
          <ol className="trail">
            {trail.map((step) => (
              <li key={step.to}>
                <Link to={step.to} size="sm">
                  {step.title}
                </Link>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <Group justify="space-between" gap="sm">
        <Title order={1} className="break clamped" title={visible(title)}>
          {visible(title)}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
