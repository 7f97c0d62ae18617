import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { useNow } from '../../kit/hooks/use-now.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { State } from '../../kit/parts/state.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { troubleState } from '../../kit/words/states.ts';

/** The state of an endpoint in one line, also that it is on and fails. */
export function EndpointState({ endpoint }: { endpoint: EndpointOut }) {
  const api = useApi();
  const now = useNow();
  const may = useMay('status:read');
  const troubled = useRead(['troubled'], () => api.status.troubledEndpoints(), {
    everyMs: 5_000,
    enabled: may,
  });
  const trouble = troubled.data?.data.find(({ id }) => id === endpoint.id);
  const { tone, text } = troubleState({ failingSince: null, ...endpoint, ...trouble }, now);
  return <State tone={tone}>{text}</State>;
}
