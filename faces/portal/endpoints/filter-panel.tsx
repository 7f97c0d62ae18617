import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { type ApiError, errorsByField } from '../../kit/api/api-error.ts';
import type { EndpointOut } from '../../kit/api/types.ts';
import { draftOf, filtersOf } from '../../kit/endpoints/endpoint-draft.ts';
import { EventTypeInput } from '../../kit/endpoints/event-type-input.tsx';
import { FilterFields } from '../../kit/endpoints/filter-fields.tsx';
import { FilterPreview } from '../../kit/endpoints/filter-preview.tsx';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useUpdateEndpoint } from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';

/** Which messages the endpoint gets; tried on recent ones before it is saved. */
export function FilterPanel({ endpoint }: { endpoint: EndpointOut }) {
  const { app, may } = usePortal();
  const announce = useAnnounce();
  const update = useUpdateEndpoint(endpoint.id);
  const [draft, setDraft] = useState(() => draftOf(endpoint));
  const [wrong, setWrong] = useState<ApiError | null>(null);
  const set = (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change }));

  async function save() {
    try {
      setWrong(null);
      await update.run(filtersOf(draft));
      announce('The filter is saved');
    } catch (error) {
      setWrong(error as ApiError);
    }
  }

  const errors = errorsByField(wrong);
  return (
    <div className="halves">
      <fieldset disabled={!may('endpoint:write')} className="plain">
        <Stack gap="sm">
          <EventTypeInput
            value={draft.eventTypes}
            onChange={(eventTypes) => set({ eventTypes })}
            error={errors['eventTypes']}
          />
          <FilterFields draft={draft} onChange={set} errors={errors} />
          <ErrorNotice error={wrong} />
          <Group>
            <Button loading={update.isRunning} onClick={() => void save()}>
              Save the filter
            </Button>
          </Group>
        </Stack>
      </fieldset>
      <FilterPreview app={app} endpoint={endpoint.id} draft={() => filtersOf(draft)} />
    </div>
  );
}
