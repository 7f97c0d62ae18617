import { Button, Group, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointOut } from '../api/types.ts';
import { draftOf, filtersOf } from './endpoint-draft.ts';
import { EventTypeInput } from './event-type-input.tsx';
import { FilterFields } from './filter-fields.tsx';
import { FilterPreview } from './filter-preview.tsx';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { useMay } from '../session/session-context.tsx';

/** Edits the filters of an endpoint; a draft can be tried on recent messages before it is saved. */
export function FilterPanel({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const mayWrite = useMay('endpoint:write');
  const [draft, setDraft] = useState(() => draftOf(endpoint));
  const set = (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change }));
  const saving = useSaving({
    name: 'the filters',
    read: () => filtersOf(draft),
    save: (_filters, changed) => api.endpoints.patch(app, endpoint.id, changed),
    onSaved: async () => {
      announce('The filters are saved');
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['endpoint', app] }),
        queries.invalidateQueries({ queryKey: ['endpoints', app] }),
      ]);
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <div className="halves">
      <fieldset className="plain" disabled={!mayWrite}>
        <Stack gap="sm">
          <EventTypeInput
            value={draft.eventTypes}
            onChange={(eventTypes) => set({ eventTypes })}
            error={errors['eventTypes']}
          />
          <FilterFields draft={draft} onChange={set} errors={errors} />
          <ErrorNotice error={saving.error} />
          {mayWrite && (
            <Group>
              <Button loading={saving.isPending} onClick={() => saving.mutate()}>
                Save the filters
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
      <FilterPreview app={app} endpoint={endpoint.id} draft={() => filtersOf(draft)} />
    </div>
  );
}
