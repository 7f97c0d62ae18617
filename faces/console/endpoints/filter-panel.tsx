import { Button, Group, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { errorsByField } from '../../kit/api/api-error.ts';
import type { EndpointOut } from '../../kit/api/types.ts';
import { draftOf, filtersOf } from '../../kit/endpoints/endpoint-draft.ts';
import { EventTypeInput } from '../../kit/endpoints/event-type-input.tsx';
import { FilterFields } from '../../kit/endpoints/filter-fields.tsx';
import { FilterPreview } from '../../kit/endpoints/filter-preview.tsx';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useMay } from '../../kit/session/session-context.tsx';

/** Which messages the endpoint gets; tried on recent ones before it is saved. */
export function FilterPanel({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('endpoint:write');
  const [draft, setDraft] = useState(() => draftOf(endpoint));
  const set = (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change }));
  const saving = useMutation({
    mutationFn: async () => api.endpoints.patch(app, endpoint.id, filtersOf(draft)),
    onSuccess: async () => {
      announce('The filters are saved');
      await queries.invalidateQueries({ queryKey: ['endpoint', app] });
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <div className="halves">
      <Stack gap="sm">
        <EventTypeInput
          value={draft.eventTypes}
          onChange={(eventTypes) => set({ eventTypes })}
          error={errors['eventTypes']}
        />
        <FilterFields draft={draft} onChange={set} errors={errors} />
        <ErrorNotice error={saving.error} />
        <Group>
          <Button disabled={!mayWrite} loading={saving.isPending} onClick={() => saving.mutate()}>
            Save the filters
          </Button>
        </Group>
      </Stack>
      <FilterPreview app={app} endpoint={endpoint.id} draft={() => filtersOf(draft)} />
    </div>
  );
}
