import type { EndpointPlan, Plan } from './plan.ts';
import type { Behaviour } from './sim-receivers.ts';
import { clockText } from './ledger.ts';

/** The plan of a history as text for a person: the installation and its endpoints. */
export function describePlan(plan: Plan): string {
  const { policy } = plan;
  return [
    `seed ${plan.seed}: ${clockText(plan.durationMs)} of messages and faults`,
    `schedule ${list(policy.retryScheduleMs)} ms, deadline ${policy.timeoutMs} ms, disabled ${disabling(plan)}`,
    `in flight: ${plan.concurrency}, ${plan.endpointConcurrency} to an endpoint; hand-offs: ${plan.limits.heldCount}${plan.broker ? ' in a broker' : ''}${plan.processes > 1 ? `; ${plan.processes} processes` : ''}`,
    ...plan.endpoints.map(describeEndpoint),
  ].join('\n');
}

function describeEndpoint(endpoint: EndpointPlan): string {
  const { name, application, phases, rateLimit, concurrency, eventTypes } = endpoint;
  const traits = [
    `application ${application}`,
    endpoint.healthy && 'healthy',
    endpoint.ordered && 'ordered',
    rateLimit !== null && `${rateLimit} in a second`,
    concurrency !== null && `${concurrency} in flight`,
    endpoint.retryScheduleMs && `schedule ${list(endpoint.retryScheduleMs)} ms`,
    eventTypes && `only ${eventTypes.join(', ')}`,
    ...phases.map(({ fromMs, behaviour }) => `from ${clockText(fromMs)} ${describe(behaviour)}`),
  ];
  return `  ${name}: ${traits.filter(Boolean).join('; ')}`;
}

function describe(behaviour: Behaviour): string {
  if (behaviour.kind === 'hangs') return 'hangs';
  const within = `within ${behaviour.takesMs.map(Math.round).join(' to ')} ms`;
  if (behaviour.kind === 'resets') return `resets ${within}`;
  const { status, part = 1, retryAfter, response } = behaviour;
  const some = part < 1 ? ` of ${Math.round(part * 100)} %` : '';
  const after = retryAfter === undefined ? '' : `, Retry-After: ${retryAfter}`;
  return `answers ${status}${some} ${within}${after}${response === undefined ? '' : `, ${response}`}`;
}

function disabling({ policy: { disable } }: Plan): string {
  if (disable.kind === 'never') return 'never';
  if (disable.kind === 'count') return `after ${disable.failedAttempts} failures`;
  return `after ${disable.failingForMs} ms of failures`;
}

function list(numbers: readonly number[]): string {
  return numbers.length === 0 ? 'without retries' : numbers.join(', ');
}
