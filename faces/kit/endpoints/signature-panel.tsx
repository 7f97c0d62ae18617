import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { EndpointSignatureOut } from '../api/types.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Facts } from '../parts/facts.tsx';
import { useMay } from '../session/session-context.tsx';
import { textOfNamedValues } from '../words/named-values.ts';
import { useAccess, useRemoveAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';
import { SignatureForm } from './signature-form.tsx';

/** A signature in the form of another provider, beside that of Standard Webhooks. */
export function SignaturePanel({ app, endpoint }: EndpointOf) {
  const mayWrite = useMay('endpoint:write');
  const { data, error, reload } = useAccess('signature', app, endpoint);
  // Not by what is stored: that somebody else saves one meanwhile does not end what is being typed.
  const [removals, setRemovals] = useState(0);
  const remove = useRemoveAccess('signature', app, endpoint, () => setRemovals(removals + 1));
  if (data === undefined) {
    return error ? <ErrorNotice error={error} onRetry={reload} /> : <Skeleton height={160} />;
  }
  return (
    <Stack gap="sm">
      <Text size="sm">
        {data
          ? 'Besides the usual signature, requests have one in this form:'
          : 'Requests have the usual signature only. A receiver that checks another header can have that, too.'}
      </Text>
      {data && <Shown signature={data} />}
      {mayWrite && data && (
        <Group>
          <Confirm
            title="Remove this signature"
            act={() => remove.run()}
            done="The signature is removed"
          >
            Requests have the usual signature only.
          </Confirm>
        </Group>
      )}
      {mayWrite && (
        <SignatureForm
          key={removals}
          app={app}
          endpoint={endpoint}
          first={removals === 0 ? data : null}
          hasStoredSecret={data?.hasSecret ?? false}
        />
      )}
    </Stack>
  );
}

function Shown({ signature }: { signature: EndpointSignatureOut }) {
  return (
    <Facts
      of={{
        Headers: <code>{textOfNamedValues(signature.headers)}</code>,
        'Signed text': <code>{signature.content}</code>,
        Algorithm: `${signature.algorithm}, ${signature.encoding}`,
        Secret: signature.hasSecret ? 'one of its own' : 'that of the endpoint',
      }}
    />
  );
}
