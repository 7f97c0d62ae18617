import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../../kit/api/api-context.tsx';
import { useAnnounceError } from '../../kit/parts/announcer.tsx';

/** Saves the catalog as a file, an OpenAPI document. */
export function OpenapiExport() {
  const api = useApi();
  const announceError = useAnnounceError();
  const exporting = useMutation({
    mutationFn: async () => save(await api.eventTypes.exportOpenapi()),
    onError: announceError,
  });
  return (
    <Button variant="default" loading={exporting.isPending} onClick={() => exporting.mutate()}>
      Export OpenAPI
    </Button>
  );
}

function save(document_: unknown): void {
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(document_, null, 2)], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = 'event-types.openapi.json';
  link.click();
  URL.revokeObjectURL(url);
}
