import { NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { BulkReplayIn, EndpointOut } from '../../kit/api/types.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { HeadPanel } from './head-panel.tsx';
import { PeriodInput, type Period, lastHours, periodOf } from './period-input.tsx';
import { TaskList } from './task-list.tsx';

/** The repairs of an endpoint. Each counts its deliveries first, then runs as a task whose progress is shown. */
export function RepairPanel({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  return (
    <Stack gap="md">
      {endpoint.ordered && <HeadPanel app={app} endpoint={endpoint.id} />}
      <div className="halves">
        <Recover app={app} endpoint={endpoint.id} />
        <ReplayMissing app={app} endpoint={endpoint.id} />
        <BulkReplay app={app} endpoint={endpoint.id} />
        <Cancel app={app} endpoint={endpoint.id} />
      </div>
      <Title order={2}>Tasks of this endpoint</Title>
      <TaskList endpoint={endpoint.id} />
    </Stack>
  );
}

interface Of {
  readonly app: string;
  readonly endpoint: string;
}

function Recover({ app, endpoint }: Of) {
  const { recover } = useApi().endpoints;
  const may = useMay('attempt:write');
  const [period, setPeriod] = useState(lastHours(24));
  const input = () => periodOf(period);
  return (
    <Act
      title="Recover failed messages"
      help="Sends again all messages of which an attempt failed in this period and that are not delivered yet, whenever they were published."
    >
      <PeriodInput period={period} onChange={setPeriod} />
      <Confirm
        title="Recover"
        count={() => recover.count(app, endpoint, input())}
        act={() => recover.start(app, endpoint, input())}
        done="The recovery has begun: its progress is below"
        disabled={!may}
      >
        The messages that failed {told(period)} are attempted once more now. Those with retries left
        keep them.
      </Confirm>
    </Act>
  );
}

function ReplayMissing({ app, endpoint }: Of) {
  const { replayMissing } = useApi().endpoints;
  const may = useMay('attempt:write');
  const [period, setPeriod] = useState(lastHours(24));
  const input = () => periodOf(period);
  return (
    <Act
      title="Replay missing messages"
      help="Sends messages that were published in this period while the endpoint was disabled, did not exist or had other filters."
    >
      <PeriodInput period={period} onChange={setPeriod} />
      <Confirm
        title="Replay missing messages"
        count={() => replayMissing.count(app, endpoint, input())}
        act={() => replayMissing.start(app, endpoint, input())}
        done="The replay has begun: its progress is below"
        disabled={!may}
      >
        Messages that were published {told(period)}, match the present filters and were never owed
        to the endpoint are sent.
      </Confirm>
    </Act>
  );
}

const STATUSES = [
  { value: '', label: 'Delivered or not' },
  { value: '0', label: 'Delivered' },
  { value: '2', label: 'Failed' },
  { value: '3', label: 'Failed, will be tried again' },
  { value: '1', label: 'Waiting' },
  { value: '4', label: 'Cancelled' },
];

function BulkReplay({ app, endpoint }: Of) {
  const { bulkReplay } = useApi().endpoints;
  const may = useMay('attempt:write');
  const [period, setPeriod] = useState(lastHours(24));
  const [status, setStatus] = useState('');
  const [types, setTypes] = useState('');
  const [tag, setTag] = useState('');
  const input = (): Omit<BulkReplayIn, 'dryRun'> => ({
    ...periodOf(period),
    ...(status !== '' && { status: Number(status) as 0 | 1 | 2 | 3 | 4 }),
    ...(types.trim() !== '' && { eventTypes: types.split(',').map((type) => type.trim()) }),
    ...(tag.trim() !== '' && { tag: tag.trim() }),
  });
  return (
    <Act
      title="Replay a period"
      help="Sends again all messages of this period that were owed to the endpoint. The receiver gets delivered messages a second time."
    >
      <PeriodInput period={period} onChange={setPeriod} />
      <NativeSelect
        label="Only deliveries that are"
        size="xs"
        data={STATUSES}
        value={status}
        onChange={(event) => setStatus(event.currentTarget.value)}
      />
      <TextInput
        label="Only event types"
        size="xs"
        placeholder="invoice.paid, invoice.failed"
        value={types}
        onChange={(event) => setTypes(event.currentTarget.value)}
      />
      <TextInput
        label="Only with the tag"
        size="xs"
        value={tag}
        onChange={(event) => setTag(event.currentTarget.value)}
      />
      <Confirm
        title="Replay"
        count={() => bulkReplay.count(app, endpoint, input())}
        act={() => bulkReplay.start(app, endpoint, input())}
        done="The replay has begun: its progress is below"
        disabled={!may}
      >
        What was published {told(period)} and fits is sent again.
      </Confirm>
    </Act>
  );
}

function Cancel({ app, endpoint }: Of) {
  const { cancelMessages } = useApi().endpoints;
  const may = useMay('attempt:write');
  const [until, setUntil] = useState('');
  const input = () => ({
    createdBefore: (until === '' ? new Date() : new Date(until)).toISOString(),
  });
  return (
    <Act
      title="Cancel waiting deliveries"
      help="Messages that wait for their first or next attempt are not sent. They can be resent or replayed later."
    >
      <TextInput
        label="Published before"
        description="Empty: now."
        size="xs"
        type="datetime-local"
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
      <Confirm
        title="Cancel waiting deliveries"
        count={() => cancelMessages.count(app, endpoint, input())}
        act={() => cancelMessages.start(app, endpoint, input())}
        done="The cancellation has begun: its progress is below"
        isDestructive
        disabled={!may}
      >
        The waiting deliveries of this endpoint{until === '' ? '' : ' that were published before'}{' '}
        are cancelled.
      </Confirm>
    </Act>
  );
}

function Act({ title, help, children }: { title: string; help: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <Stack gap="xs" align="start">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {help}
        </Text>
        {children}
      </Stack>
    </section>
  );
}

function told({ until }: Period): string {
  return until === '' ? 'since then' : 'in that time';
}
