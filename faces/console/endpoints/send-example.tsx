import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { EventTypeSelect } from '../../kit/event-types/event-type-select.tsx';
import { useGo } from '../../kit/hooks/use-go.ts';
import { Dialog } from '../../kit/parts/dialog.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { paths } from '../paths.ts';

const PING = 'svix.ping';

/** Sends a real message, the example of an event type, to this endpoint alone. */
export function SendExample({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const go = useGo();
  const may = useMay('attempt:write');
  const [isOpen, dialog] = useDisclosure();
  const [eventType, setEventType] = useState(PING);
  const sending = useMutation({
    mutationFn: () => api.endpoints.sendExample(app, endpoint, { eventType }),
    onSuccess: ({ id }) => go(paths.message(app, id)),
  });
  return (
    <>
      <Button variant="default" onClick={dialog.open} disabled={!may}>
        Send an example
      </Button>
      <Dialog isOpen={isOpen} onClose={dialog.close} title="Send an example">
        <Stack gap="sm">
          <Text size="sm">
            Sends a signed message with the example of the event type, whatever the filters say.
          </Text>
          <EventTypeSelect
            label="Event type"
            others={[{ value: PING, label: 'Ping' }]}
            value={eventType}
            onChange={setEventType}
          />
          <ErrorNotice error={sending.error} />
          <Group justify="flex-end">
            <Button loading={sending.isPending} onClick={() => sending.mutate()}>
              Send and show it
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
