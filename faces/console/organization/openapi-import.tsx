import { Button, FileButton, Group, Stack, Switch, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { errorsByField } from '../../kit/api/api-error.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { State } from '../../kit/parts/state.tsx';
import { useUnsaved } from '../../kit/unsaved/use-unsaved.ts';
import { counted } from '../../kit/words/numbers.ts';

/** Imports event types from an OpenAPI document: first shows the changes, then makes them. */
export function OpenapiImport() {
  const api = useApi();
  const queries = useQueryClient();
  const [specRaw, setSpecRaw] = useState('');
  const [replaceAll, setReplaceAll] = useState(false);
  const trying = useMutation({
    mutationFn: () => api.eventTypes.importOpenapi({ specRaw, replaceAll, dryRun: true }),
  });
  const importing = useMutation({
    mutationFn: () => api.eventTypes.importOpenapi({ specRaw, replaceAll }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['event-types'] }),
  });
  /** Discards the shown changes: they belong to an earlier text of the document. */
  function forget() {
    trying.reset();
    importing.reset();
  }
  const changes = trying.data?.data.to_modify;
  const done = importing.data?.data.modified;
  useUnsaved('your changes to the document', () => specRaw.trim() !== '' && !done);
  return (
    <Stack gap="sm">
      <Group>
        <FileButton
          accept=".json,.yaml,.yml"
          onChange={(file) => {
            forget();
            void file?.text().then(setSpecRaw);
          }}
        >
          {(props) => (
            <Button variant="default" {...props}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
      <Textarea
        label="Document"
        description="OpenAPI as JSON or YAML. Its webhooks become event types."
        classNames={{ input: 'mono' }}
        spellCheck={false}
        autosize
        minRows={6}
        maxRows={16}
        value={specRaw}
        error={errorsByField(trying.error ?? importing.error)['specRaw']}
        onChange={(event) => {
          forget();
          setSpecRaw(event.currentTarget.value);
        }}
      />
      <Switch
        label="Archive event types that are not in the document"
        checked={replaceAll}
        onChange={(event) => {
          forget();
          setReplaceAll(event.currentTarget.checked);
        }}
      />
      <Group>
        <Button
          variant="default"
          disabled={specRaw.trim() === ''}
          loading={trying.isPending}
          onClick={() => trying.mutate()}
        >
          Show what would change
        </Button>
      </Group>
      <ErrorNotice error={trying.error ?? importing.error} />
      {changes && !done && (
        <>
          <Text size="sm" role="status">
            {changes.length === 0
              ? 'Nothing would change.'
              : `${counted(changes.length, 'event type')} would change:`}
          </Text>
          <ul className="rows" aria-label="What would change">
            {changes.map(({ name, archived }) => (
              <li key={name}>
                <code className="break">{name}</code>
                <State tone={archived ? 'off' : 'good'}>
                  {archived ? 'Archived' : 'Created or changed'}
                </State>
              </li>
            ))}
          </ul>
          {changes.length > 0 && (
            <Group justify="flex-end">
              <Button loading={importing.isPending} onClick={() => importing.mutate()}>
                Import ({changes.length})
              </Button>
            </Group>
          )}
        </>
      )}
      {done && (
        <Text size="sm" role="status" className="break">
          {done.length === 0 ? 'Nothing has changed.' : `Imported: ${done.join(', ')}.`}
        </Text>
      )}
    </Stack>
  );
}
