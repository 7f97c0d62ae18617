import { Button, Group, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { errorsByField } from '../api/api-error.ts';
import type { TransformationSimulateIn, TransformationSimulateOut } from '../api/types.ts';
import { EventTypeSelect } from '../event-types/event-type-select.tsx';
import { useExample } from '../event-types/use-example.ts';
import { useRead } from '../hooks/use-read.ts';
import { CodeBlock, readable } from '../parts/code-block.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { parsedJson } from '../words/parsed-json.ts';
import type { EndpointOf } from './endpoint-of.ts';

export interface TransformationTrialProps extends EndpointOf {
  /** The typed program and variables; throws when the variables are not JSON. */
  readonly draft: () => Pick<TransformationSimulateIn, 'code' | 'variables'>;
}

/** A value that no event type can have as its name. */
const TYPED = '(typed)';
const FIRST = '{\n  "amount": 5\n}';

/** Runs the program on a recent message or an example and shows the result. Nothing is sent. */
export function TransformationTrial({ app, endpoint, draft }: TransformationTrialProps) {
  const api = useApi();
  const messages = useRead(['messages', app, 'newest'], () =>
    api.messages.list(app, { limit: 10 }),
  );
  const [chosen, setChosen] = useState(TYPED);
  const offered = messages.data?.data.filter(({ payloadDeleted }) => !payloadDeleted) ?? [];
  const message = offered.find(({ id }) => id === chosen);
  const example = useExample(chosen === TYPED || message ? null : chosen);
  const [eventType, setEventType] = useState('invoice.paid');
  /** Null: the chosen payload, unchanged. */
  const [typed, setTyped] = useState<string | null>(FIRST);
  const payload = typed ?? readable(message ? message.payload : example.data);
  const trial = useMutation({
    mutationFn: async () =>
      api.endpoints.simulateTransformation(app, endpoint, {
        ...draft(),
        eventType,
        payload: parsedJson(payload, 'payload') as Record<string, unknown>,
      }),
  });
  function choose(value: string) {
    setChosen(value);
    if (value === TYPED) {
      setTyped(payload);
      return;
    }
    setEventType(offered.find(({ id }) => id === value)?.eventType ?? value);
    setTyped(null);
  }
  const errors = errorsByField(trial.error);
  const made = trial.data;
  return (
    <Stack gap="sm">
      <EventTypeSelect
        label="Input"
        others={[
          { value: TYPED, label: 'The payload below' },
          ...offered.map(({ id, eventType }) => ({
            value: id,
            label: `Message ${id} (${eventType})`,
          })),
        ]}
        value={chosen}
        onChange={choose}
      />
      <ErrorNotice error={example.error} onRetry={example.reload} />
      <TextInput
        label="Event type"
        value={eventType}
        onChange={(event) => setEventType(event.currentTarget.value)}
        error={errors['eventType']}
      />
      <Textarea
        label="Payload"
        classNames={{ input: 'mono' }}
        autosize
        minRows={4}
        maxRows={16}
        value={payload}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={errors['payload']}
      />
      <Group>
        <Button
          variant="default"
          loading={trial.isPending || (typed === null && example.isLoading)}
          onClick={() => trial.mutate()}
        >
          Run without sending
        </Button>
      </Group>
      <ErrorNotice error={trial.error} />
      {made && <Outcome made={made} />}
    </Stack>
  );
}

function Outcome({ made }: { made: TransformationSimulateOut }) {
  const headers = Object.entries(made.headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <section className="card" aria-label="What would be sent" aria-live="polite">
      {made.cancel ? (
        <Text size="sm">Nothing: the program cancels the delivery.</Text>
      ) : (
        <Stack gap="xs">
          <code className="break">
            {made.method} {made.url}
          </code>
          {headers.length > 0 && (
            <CodeBlock label="Headers that it sets" text={headers.join('\n')} />
          )}
          <CodeBlock label="Changed payload" text={readable(made.payload)} />
        </Stack>
      )}
    </section>
  );
}
