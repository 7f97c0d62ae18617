import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { useRead } from '../hooks/use-read.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { useMay } from '../session/session-context.tsx';
import { useUnsaved } from '../unsaved/use-unsaved.ts';
import type { EndpointOf } from './endpoint-of.ts';

/** The headers that are added to each request. Values that look secret are never shown again. */
export function HeaderPanel({ app, endpoint }: EndpointOf) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('endpoint:write');
  const key = ['headers', app, endpoint];
  const headers = useRead(key, () => api.endpoints.headers(app, endpoint));
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  useUnsaved('your changes to the header', () => name !== '' || value !== '');
  const change = useMutation({
    mutationFn: (changed: Record<string, string | null>) =>
      api.endpoints.patchHeaders(app, endpoint, { headers: changed }),
    onSuccess: async (_headers, changed) => {
      if (Object.hasOwn(changed, name)) {
        setName('');
        setValue('');
      }
      announce('The headers are changed');
      await queries.invalidateQueries({ queryKey: key });
    },
  });
  const shown = [
    ...Object.entries(headers.data?.headers ?? {}),
    ...(headers.data?.sensitive ?? []).map((secret) => [secret, 'not shown'] as const),
  ];
  return (
    <Stack gap="sm">
      {headers.isLoading && <Skeleton height={20} />}
      {headers.data && shown.length === 0 && (
        <Text size="sm" c="dimmed">
          No custom headers.
        </Text>
      )}
      <ul className="rows" aria-label="Headers">
        {shown.map(([header, text]) => (
          <li key={header}>
            <code className="break">
              {header}: {text}
            </code>
            {mayWrite && (
              <Button
                variant="subtle"
                aria-label={`Remove ${header}`}
                onClick={() => change.mutate({ [header]: null })}
              >
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && (
        <Form
          onSubmit={() => {
            if (name !== '') change.mutate({ [name]: value });
          }}
        >
          <Group align="end" gap="xs" wrap="nowrap">
            <TextInput
              label="Header"
              flex={1}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label="Value"
              flex={1}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" size="sm" loading={change.isPending}>
              Add
            </Button>
          </Group>
        </Form>
      )}
      <ErrorNotice error={headers.error} onRetry={() => void headers.refetch()} />
      <ErrorNotice error={change.error} />
    </Stack>
  );
}
