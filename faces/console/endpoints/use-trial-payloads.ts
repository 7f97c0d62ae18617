import { useApi } from '../../kit/api/api-context.tsx';
import type { EventTypeOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';

export interface TrialPayload {
  readonly value: string;
  readonly label: string;
  readonly eventType: string;
  readonly payload: unknown;
}

/** Payloads to try a program on: of the application's newest messages, and examples of event types. */
export function useTrialPayloads(app: string): readonly TrialPayload[] {
  const api = useApi();
  const messages = useRead(['messages', app, 'newest'], () =>
    api.messages.list(app, { limit: 10 }),
  );
  const types = useRead(['event-types', 'examples'], () =>
    api.eventTypes.list({ limit: 100, with_content: true }),
  );
  return [
    ...(messages.data?.data.map(({ id, eventType, payload }) => ({
      value: id,
      label: `Message ${id} (${eventType})`,
      eventType,
      payload,
    })) ?? []),
    ...(types.data?.data.flatMap((type) => {
      const example = exampleOf(type);
      return example === undefined
        ? []
        : [
            {
              value: type.name,
              label: `Example of ${type.name}`,
              eventType: type.name,
              payload: example,
            },
          ];
    }) ?? []),
  ];
}

function exampleOf({ schemas }: EventTypeOut): unknown {
  const newest = Object.values(schemas ?? {}).at(-1);
  return (newest as { examples?: unknown[] } | undefined)?.examples?.[0];
}
