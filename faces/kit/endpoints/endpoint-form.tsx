import { Accordion, Button, Checkbox, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointPatch } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { type EndpointDraft, inputOf } from './endpoint-draft.ts';
import { FilterFields } from './filter-fields.tsx';
import { EventTypeInput } from './event-type-input.tsx';

export interface EndpointFormProps<Out> {
  readonly draft: EndpointDraft;
  readonly submitLabel: string;
  /** Gets all fields, and of an existing endpoint also the changed ones alone. */
  readonly onSubmit: (
    input: EndpointPatch & { readonly url: string },
    changed: EndpointPatch,
  ) => Promise<Out>;
  readonly onSaved: (out: Out) => unknown;
  readonly disabled?: boolean;
}

/** All settings of an endpoint; those that are seldom needed are folded. */
export function EndpointForm<Out>({
  draft,
  submitLabel,
  onSubmit,
  onSaved,
  disabled = false,
}: EndpointFormProps<Out>) {
  const [edited, setEdited] = useState(draft);
  const saving = useSaving({
    name: 'the endpoint',
    read: () => inputOf(edited),
    save: onSubmit,
    onSaved,
  });
  const errors = errorsByField(saving.error);
  const set = (change: Partial<EndpointDraft>) => setEdited((before) => ({ ...before, ...change }));
  const text = (name: keyof EndpointDraft) => ({
    value: String(edited[name]),
    error: errors[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      set({ [name]: event.currentTarget.value }),
  });

  return (
    <Form onSubmit={() => saving.mutate()}>
      <fieldset disabled={disabled} className="plain">
        <Stack gap="sm">
          <TextInput
            label="URL"
            description="Messages are sent here as POST requests."
            placeholder="https://example.com/webhooks"
            required
            type="url"
            {...text('url')}
          />
          <TextInput label="Description" {...text('description')} />
          <EventTypeInput
            value={edited.eventTypes}
            onChange={(eventTypes) => set({ eventTypes })}
            error={errors['eventTypes']}
          />
          <Accordion variant="separated" multiple chevronPosition="left">
            <Accordion.Item value="filters">
              <Accordion.Control>Channels and filter</Accordion.Control>
              <Accordion.Panel>
                <Stack gap="sm">
                  <FilterFields draft={edited} onChange={set} errors={errors} />
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
            <Accordion.Item value="pace">
              <Accordion.Control>Rate and order</Accordion.Control>
              <Accordion.Panel>
                <Stack gap="sm">
                  <TextInput
                    label="Attempts per second"
                    description="Empty: no limit."
                    inputMode="numeric"
                    {...text('throttleRate')}
                  />
                  <TextInput
                    label="Concurrent attempts"
                    description="Empty: the default of the installation."
                    inputMode="numeric"
                    {...text('concurrency')}
                  />
                  <Checkbox
                    label="Deliver one message after the other, in the order of publication"
                    checked={edited.ordered}
                    onChange={(event) => set({ ordered: event.currentTarget.checked })}
                  />
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
            <Accordion.Item value="policy">
              <Accordion.Control>Retries, deadline, disabling</Accordion.Control>
              <Accordion.Panel>
                <Stack gap="sm">
                  <TextInput
                    label="Seconds before each retry"
                    description="Such as 5, 300, 1800; none: no retries. Empty: the default of the application."
                    error={errors['policy']}
                    value={edited.retrySchedule}
                    onChange={(event) => set({ retrySchedule: event.currentTarget.value })}
                  />
                  <TextInput
                    label="Deadline of an attempt in milliseconds"
                    inputMode="numeric"
                    {...text('timeoutMs')}
                  />
                  <NativeSelect
                    label="Counts as delivered"
                    data={[
                      { value: '', label: 'Default of the application' },
                      { value: '2xx', label: 'Every 2xx' },
                      { value: '200', label: 'Only 200' },
                    ]}
                    {...text('success')}
                  />
                  <Group align="end" grow>
                    <NativeSelect
                      label="Disable"
                      data={[
                        { value: '', label: 'Default of the application' },
                        { value: 'never', label: 'Never' },
                        { value: 'hours', label: 'After hours of failing' },
                        { value: 'attempts', label: 'After failed attempts' },
                      ]}
                      {...text('disableAfter')}
                    />
                    {(edited.disableAfter === 'hours' || edited.disableAfter === 'attempts') && (
                      <TextInput
                        label="How many"
                        inputMode="numeric"
                        {...text('disableAfterNumber')}
                      />
                    )}
                  </Group>
                  <TextInput
                    label="Your own id (uid)"
                    description="The API accepts it in place of the endpoint’s id."
                    {...text('uid')}
                  />
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          <ErrorNotice error={saving.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={saving.isPending}>
              {submitLabel}
            </Button>
          </Group>
        </Stack>
      </fieldset>
    </Form>
  );
}
