import githubExamples, {
  type WebhookDefinition,
} from '@octokit/webhooks-examples' with { type: 'json' };

export type PayloadSet = 'calls' | 'github';

export interface BenchEvent {
  readonly eventType: string;
  /** JSON text. */
  readonly payload: string;
}

/** The events of a set, which are published again and again in this order. */
export function benchEvents(set: PayloadSet): BenchEvent[] {
  return set === 'calls' ? callEvents() : githubEvents();
}

function callEvents(): BenchEvent[] {
  const call = {
    id: 'call_7Qm2Xo9LkVfT',
    from: '+31201234567',
    to: '+31880001122',
    direction: 'inbound',
    startedAt: '2025-03-14T09:26:53.589Z',
  };
  const lifeCycle = [
    'call.new',
    'call.standby',
    'call.waiting',
    'actor.entered',
    'call.ongoing',
    'actor.left',
    'call.finished',
  ];
  return lifeCycle.map((eventType, index) => ({
    eventType,
    payload: JSON.stringify({
      type: eventType,
      sequence: index,
      call,
      ...(eventType.startsWith('actor.') && { actor: { extension: '900', name: 'Reception' } }),
    }),
  }));
}

function githubEvents(): BenchEvent[] {
  // The types of the package declare an ES module, but the package has JSON.
  const definitions = githubExamples as unknown as WebhookDefinition[];
  return definitions.flatMap(({ name, examples }) =>
    examples.map((example) => ({ eventType: `github.${name}`, payload: JSON.stringify(example) })),
  );
}
