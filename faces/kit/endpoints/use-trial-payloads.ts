import { useApi } from '../api/api-context.tsx';
import { exampleOf } from '../event-types/example-of.ts';
import { useRead } from '../hooks/use-read.ts';

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
    ...(types.data?.data
      .filter(({ schemas }) => schemas !== null && schemas !== undefined)
      .map((type) => ({
        value: type.name,
        label: `Example of ${type.name}`,
        eventType: type.name,
        payload: exampleOf(type),
      })) ?? []),
  ];
}
