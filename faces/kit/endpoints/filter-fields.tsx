import { TagsInput, Textarea } from '@mantine/core';
import type { EndpointDraft } from './endpoint-draft.ts';

/** The filters of an endpoint besides its event types: channels, and a filter of payloads. */
export function FilterFields({
  draft,
  onChange,
  errors,
}: {
  draft: EndpointDraft;
  onChange: (change: Partial<EndpointDraft>) => void;
  errors: Readonly<Record<string, string>>;
}) {
  return (
    <>
      <TagsInput
        label="Channels"
        description="Only messages in one of these channels. Empty: all messages."
        value={[...draft.channels]}
        onChange={(channels) => onChange({ channels })}
        error={errors['channels']}
        acceptValueOnBlur
      />
      <Textarea
        label="Payload filter"
        description='JSON, such as {"path": "/invoice/total", "atLeast": 100}. Empty: every payload.'
        classNames={{ input: 'mono' }}
        autosize
        minRows={4}
        value={draft.filter}
        onChange={(event) => onChange({ filter: event.currentTarget.value })}
        error={errors['filter']}
      />
    </>
  );
}
