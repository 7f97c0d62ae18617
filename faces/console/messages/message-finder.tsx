import { Button, Group, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { useGo } from '../../kit/hooks/use-go.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { toApiError } from '../../kit/api/api-error.ts';
import { Form } from '../../kit/parts/form.tsx';
import { paths } from '../paths.ts';
import { findMessage } from './find-message.ts';

/** Opens the message with an id or event id, in the chosen application or in any. */
export function MessageFinder() {
  const api = useApi();
  const go = useGo();
  const [app] = useSearchValue('app');
  const [asked] = useSearchValue('find');
  const [typed, setTyped] = useState(asked);
  const search = useMutation({
    mutationFn: (name: string) => findMessage(api, name, app || null),
    onSuccess: (found) => go(paths.message(found.app, found.message)),
  });
  const { mutate } = search;
  useEffect(() => {
    setTyped(asked);
    if (asked !== '') mutate(asked);
  }, [asked, mutate]);
  return (
    <Form
      onSubmit={() => {
        if (typed.trim() !== '') mutate(typed.trim());
      }}
    >
      <Group align="end" gap="xs">
        <TextInput
          label="Find a message"
          placeholder="Its id, or your event id"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={search.error && toApiError(search.error).message}
          miw="16rem"
        />
        <Button type="submit" variant="default" size="sm" loading={search.isPending}>
          Find
        </Button>
      </Group>
    </Form>
  );
}
