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
      help="Messages that had a failed attempt in this period and are still undelivered, whenever they were published."
    >
      <PeriodInput period={period} onChange={setPeriod} />
      <Confirm
        title="Recover"
        count={() => recover.count(app, endpoint, input())}
        act={() => recover.start(app, endpoint, input())}
        done="The recovery has begun: its progress is below"
        disabled={!may}
      >
        Each message that failed {told(period)} gets one more attempt now.
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
      help="Messages published in this period that the endpoint never got: it was disabled, did not exist yet, or had other filters."
    >
      <PeriodInput period={period} onChange={setPeriod} />
      <Confirm
        title="Replay missing messages"
        count={() => replayMissing.count(app, endpoint, input())}
        act={() => replayMissing.start(app, endpoint, input())}
        done="The replay has begun: its progress is below"
        disabled={!may}
      >
        Messages published {told(period)} that match the present filters and that the endpoint never
        got are sent.
      </Confirm>
    </Act>
  );
}

const STATUSES = [
  { value: '', label: 'Delivered or not' },
  { value: '0', label: 'Delivered' },
  { value: '2', label: 'Failed' },
  { value: '3', label: 'Failed, will be retried' },
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
      help="All messages published in this period for this endpoint. The receiver gets delivered messages a second time."
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
        Matching messages published {told(period)} are sent again.
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
      help="Deliveries that wait for an attempt are not sent. They can be resent or replayed later."
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
        Waiting deliveries of this endpoint
        {until === '' ? '' : ' whose messages were published before that'} are cancelled.
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
  return until === '' ? 'since then' : 'in that period';
}
