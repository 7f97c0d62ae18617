import { Button, Group, Stack, Switch, Text, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointTransformationOut } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { parsedJson } from '../words/parsed-json.ts';
import type { EndpointOf } from './endpoint-of.ts';
import { TransformationTrial } from './transformation-trial.tsx';

const NEW = `function handler(webhook) {
  return webhook;
}
`;

export interface TransformationFormProps extends EndpointOf {
  readonly transformation: EndpointTransformationOut;
}

export function TransformationForm({ app, endpoint, transformation }: TransformationFormProps) {
  const api = useApi();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [code, setCode] = useState(transformation.code ?? NEW);
  const [enabled, setEnabled] = useState(transformation.enabled);
  const [variables, setVariables] = useState(
    transformation.variables ? JSON.stringify(transformation.variables, null, 2) : '',
  );
  const draft = () => ({ code, variables: variablesOf(variables) });
  const saving = useSaving({
    name: 'the transformation',
    read: () => ({ ...draft(), enabled }),
    save: (input) => api.endpoints.patchTransformation(app, endpoint, input),
    onSaved: async () => {
      announce(enabled ? 'The transformation is saved, and runs' : 'The transformation is saved');
      await queries.invalidateQueries({ queryKey: ['transformation', app, endpoint] });
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <div className="halves">
      <Stack gap="sm">
        <Textarea
          label="Code"
          description="JavaScript. It may change payload, headers, path and method, or set cancel."
          classNames={{ input: 'mono' }}
          spellCheck={false}
          autosize
          minRows={10}
          maxRows={30}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={errors['code']}
        />
        <Textarea
          label="Variables"
          description='A JSON object of strings, such as {"room": "sales"}. The code reads it as webhook.variables. Empty: none.'
          classNames={{ input: 'mono' }}
          autosize
          minRows={2}
          value={variables}
          onChange={(event) => setVariables(event.currentTarget.value)}
          error={errors['variables']}
        />
        <Switch
          label="Enabled: runs before each request"
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
        {errors['enabled'] && (
          <Text size="sm" className="tone-bad">
            {errors['enabled']}
          </Text>
        )}
        <ErrorNotice error={saving.error} />
        <Group>
          <Button loading={saving.isPending} onClick={() => saving.mutate()}>
            Save the transformation
          </Button>
        </Group>
      </Stack>
      <TransformationTrial app={app} endpoint={endpoint} draft={draft} />
    </div>
  );
}

function variablesOf(text: string): Record<string, string> | null {
  return text.trim() === '' ? null : (parsedJson(text, 'variables') as Record<string, string>);
}
