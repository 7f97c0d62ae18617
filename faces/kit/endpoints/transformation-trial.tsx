import { Button, Group, NativeSelect, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { errorsByField } from '../api/api-error.ts';
import type { TransformationSimulateIn, TransformationSimulateOut } from '../api/types.ts';
import { CodeBlock, readable } from '../parts/code-block.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { parsedJson } from '../words/parsed-json.ts';
import type { EndpointOf } from './endpoint-of.ts';
import { useTrialPayloads } from './use-trial-payloads.ts';

export interface TransformationTrialProps extends EndpointOf {
  /** What is typed; throws when the variables are no JSON. */
  readonly draft: () => Pick<TransformationSimulateIn, 'code' | 'variables'>;
}

/** What the program makes of a recent message or an example. Nothing is sent. */
export function TransformationTrial({ app, endpoint, draft }: TransformationTrialProps) {
  const api = useApi();
  const payloads = useTrialPayloads(app);
  const [eventType, setEventType] = useState('invoice.paid');
  const [payload, setPayload] = useState('{\n  "amount": 5\n}');
  const trial = useMutation({
    mutationFn: async () =>
      api.endpoints.simulateTransformation(app, endpoint, {
        ...draft(),
        eventType,
        payload: parsedJson(payload, 'payload') as Record<string, unknown>,
      }),
  });
  function take(value: string) {
    const chosen = payloads.find((one) => one.value === value);
    if (chosen === undefined) return;
    setEventType(chosen.eventType);
    setPayload(readable(chosen.payload));
  }
  const errors = errorsByField(trial.error);
  const made = trial.data;
  return (
    <Stack gap="sm">
      <NativeSelect
        label="Try with"
        data={[
          { value: '', label: 'What is typed below' },
          ...payloads.map(({ value, label }) => ({ value, label })),
        ]}
        onChange={(event) => take(event.currentTarget.value)}
      />
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
        onChange={(event) => setPayload(event.currentTarget.value)}
        error={errors['payload']}
      />
      <Group>
        <Button variant="default" loading={trial.isPending} onClick={() => trial.mutate()}>
          Try it: nothing is sent
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
