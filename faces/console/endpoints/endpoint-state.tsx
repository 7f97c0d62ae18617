import { Group, Text } from '@mantine/core';
import { useNow } from '../../kit/hooks/use-now.ts';
import { State } from '../../kit/parts/state.tsx';
import { deliveryWords, troubleState } from '../../kit/words/states.ts';
import type { EndpointWithState } from './use-endpoints.ts';

/** The state of an endpoint in one line: whether it is on and failing, why it is slow, and when the next attempt is. */
export function EndpointState({ endpoint, state }: EndpointWithState) {
  const now = useNow();
  // Either may be the newer one. After a person's change the endpoint is read again, so its fields win.
  const { tone, text } = troubleState({ failingSince: null, ...state, ...endpoint }, now);
  const isOff = endpoint.disabled || endpoint.paused;
  const words = state === undefined || isOff ? [] : deliveryWords(state, now);
  return (
    <Group gap="0 var(--mantine-spacing-xs)">
      <State tone={tone}>{text}</State>
      {words.length > 0 && (
        <Text span size="xs" c="dimmed" className="wrapped">
          {words.join(' · ')}
        </Text>
      )}
    </Group>
  );
}
