import { Skeleton } from '@mantine/core';
import type { EndpointOauthConfigOut } from '../api/types.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Facts } from '../parts/facts.tsx';
import { useMay } from '../session/session-context.tsx';
import { textOfNamedValues } from '../words/named-values.ts';
import { useAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';
import { OauthForm } from './oauth-form.tsx';

/** The source of the requests' access tokens (RFC 6749, section 4.4). The client secret is never shown. */
export function OauthPanel({ app, endpoint }: EndpointOf) {
  const mayWrite = useMay('endpoint:write');
  const { data, error, reload } = useAccess('oauth', app, endpoint);
  if (!data) {
    return error ? <ErrorNotice error={error} onRetry={reload} /> : <Skeleton height={240} />;
  }
  if (mayWrite) return <OauthForm app={app} endpoint={endpoint} stored={data.config} />;
  return data.config && <Shown config={data.config} />;
}

function Shown({ config }: { config: EndpointOauthConfigOut }) {
  return (
    <Facts
      of={{
        'Token URL': config.tokenUrl,
        'Client id': config.clientId,
        Scopes: config.scopes?.join(' ') || undefined,
        'Extra parameters': textOfNamedValues(config.extraParams) || undefined,
        'Extra headers': textOfNamedValues(config.extraHeaders) || undefined,
      }}
    />
  );
}
