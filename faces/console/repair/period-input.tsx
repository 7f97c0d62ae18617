import { Group, TextInput } from '@mantine/core';

/** Local times, as `datetime-local` has them. */
export interface Period {
  readonly since: string;
  /** Empty: now. */
  readonly until: string;
}

export function PeriodInput({
  period,
  onChange,
}: {
  period: Period;
  onChange: (period: Period) => void;
}) {
  return (
    <Group gap="xs" align="end">
      <TextInput
        label="Since"
        size="xs"
        type="datetime-local"
        required
        withAsterisk={false}
        value={period.since}
        onChange={(event) => onChange({ ...period, since: event.currentTarget.value })}
      />
      <TextInput
        label="Until (empty: now)"
        size="xs"
        type="datetime-local"
        value={period.until}
        onChange={(event) => onChange({ ...period, until: event.currentTarget.value })}
      />
    </Group>
  );
}

export function lastHours(hours: number): Period {
  return { since: localOf(new Date(Date.now() - hours * 3_600_000)), until: '' };
}

export function periodOf({ since, until }: Period): { since: string; until?: string } {
  return {
    since: instantOf(since),
    ...(until !== '' && { until: instantOf(until) }),
  };
}

/** A text that is not a time goes to the API as it is: the API refuses it with the name of the field. */
function instantOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}

function localOf(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
