import { TagsInput, Textarea } from '@mantine/core';
import { errorsByField } from '../api/api-error.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import type { EndpointDraft } from './endpoint-draft.ts';
import { EventTypeInput } from './event-type-input.tsx';

/** What an endpoint wants: event types, channels and a filter of payloads. */
export function FilterFields({
  draft,
  onChange,
  error,
}: {
  draft: EndpointDraft;
  onChange: (change: Partial<EndpointDraft>) => void;
  /** Of the last attempt to save it. */
  error: unknown;
}) {
  const errors = errorsByField(error);
  return (
    <>
      <EventTypeInput
        value={draft.eventTypes}
        onChange={(eventTypes) => onChange({ eventTypes })}
        error={errors['eventTypes']}
      />
      <TagsInput
        label="Channels"
        description="Only messages on one of these. None: all messages."
        value={[...draft.channels]}
        onChange={(channels) => onChange({ channels })}
        error={errors['channels']}
        acceptValueOnBlur
      />
      <Textarea
        label="Filter of payloads"
        description='JSON, such as {"path": "/invoice/total", "atLeast": 100}. Empty: every payload.'
        classNames={{ input: 'mono' }}
        autosize
        minRows={4}
        value={draft.filter}
        onChange={(event) => onChange({ filter: event.currentTarget.value })}
        error={errors['filter']}
      />
      <ErrorNotice error={error} />
    </>
  );
}
