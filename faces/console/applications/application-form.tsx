import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../../kit/api/api-error.ts';
import type { ApplicationIn, ApplicationOut, ApplicationPatch } from '../../kit/api/types.ts';
import { useSaving } from '../../kit/hooks/use-saving.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Form } from '../../kit/parts/form.tsx';
import { numberOf, textOf } from '../../kit/words/numbers.ts';

export interface ApplicationFormProps<Out> {
  readonly application?: ApplicationOut;
  readonly submitLabel: string;
  /** Gets all fields, and of an existing application also the changed ones alone. */
  readonly onSubmit: (input: ApplicationIn, changed: ApplicationPatch) => Promise<Out>;
  readonly onSaved: (out: Out) => unknown;
}

export function ApplicationForm<Out>({
  application,
  submitLabel,
  onSubmit,
  onSaved,
}: ApplicationFormProps<Out>) {
  const [name, setName] = useState(application?.name ?? '');
  const [uid, setUid] = useState(application?.uid ?? '');
  const [rate, setRate] = useState(textOf(application?.throttleRate));
  const [days, setDays] = useState(textOf(application?.payloadRetentionPeriod));
  const saving = useSaving<ApplicationIn, Out>({
    name: 'the application',
    read: () => ({
      name,
      uid: uid.trim() || null,
      throttleRate: numberOf(rate, 'throttleRate'),
      payloadRetentionPeriod: numberOf(days, 'payloadRetentionPeriod'),
    }),
    save: onSubmit,
    onSaved,
  });
  const errors = errorsByField(saving.error);
  return (
    <Form onSubmit={() => saving.mutate()}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          error={errors['name']}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Your own id (uid)"
          description="Such as the customer’s number in your system. The API accepts it in place of the id."
          value={uid}
          error={errors['uid']}
          onChange={(event) => setUid(event.currentTarget.value)}
        />
        <TextInput
          label="Messages per second that may be published"
          description="Empty: no limit."
          inputMode="numeric"
          value={rate}
          error={errors['throttleRate']}
          onChange={(event) => setRate(event.currentTarget.value)}
        />
        <TextInput
          label="Payload retention in days"
          description="5 to 90. Empty: the default of the organization."
          inputMode="numeric"
          value={days}
          error={errors['payloadRetentionPeriod']}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <ErrorNotice error={saving.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={saving.isPending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
