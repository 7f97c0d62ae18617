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

/** A signature in the form of another provider, in addition to that of Standard Webhooks. */
export function SignaturePanel({ app, endpoint }: EndpointOf) {
  const mayWrite = useMay('endpoint:write');
  const { data, error, reload } = useAccess('signature', app, endpoint);
  // A removal empties the form. A signature that another person saves meanwhile keeps it, with the typed text.
  const [removals, setRemovals] = useState(0);
  const remove = useRemoveAccess('signature', app, endpoint, () => setRemovals(removals + 1));
  if (data === undefined) {
    return error ? <ErrorNotice error={error} onRetry={reload} /> : <Skeleton height={160} />;
  }
  return (
    <Stack gap="sm">
      <Text size="sm">
        {data
          ? 'Besides the standard signature, requests carry this one:'
          : 'Requests carry the standard signature only. A receiver that checks another header can get a second one.'}
      </Text>
      {data && <Shown signature={data} />}
      {mayWrite && data && (
        <Group>
          <Confirm
            title="Remove this signature"
            act={() => remove.run()}
            done="The signature is removed"
          >
            Requests carry the standard signature only.
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
        'Signed content': <code>{signature.content}</code>,
        Algorithm: `${signature.algorithm}, ${signature.encoding}`,
        Secret: signature.hasSecret ? 'separate' : 'the endpoint’s',
      }}
    />
  );
}
