import { Button, Group, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { ApplicationOut } from '../../kit/api/types.ts';
import { useGo } from '../../kit/hooks/use-go.ts';
import { useList } from '../../kit/hooks/use-list.ts';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { Form } from '../../kit/parts/form.tsx';
import { RowLink } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { visible } from '../../kit/words/visible.ts';
import { paths } from '../paths.ts';
import { ApplicationForm } from './application-form.tsx';

/** The customers of the organization. */
export function ApplicationsPage() {
  const api = useApi();
  const go = useGo();
  const mayWrite = useMay('application:write');
  const [isOpen, drawer] = useDisclosure();
  const list = useList(['applications'], (page, signal) =>
    api.applications.list({ ...page, order: 'descending' }, signal),
  );
  return (
    <Page
      title="Applications"
      actions={
        <>
          <OpenByName />
          <Button onClick={drawer.open} disabled={!mayWrite}>
            New application
          </Button>
        </>
      }
    >
      <DataTable
        label="Applications, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState title="No applications yet">
            An application is one of your customers: it owns endpoints and gets messages. Create one
            here, or with <code>POST /api/v1/app</code>.
          </EmptyState>
        }
      />
      <Panel isOpen={isOpen} onClose={drawer.close} title="New application">
        <ApplicationForm
          onSubmit={(input) => api.applications.create(input)}
          onSaved={({ id }) => {
            drawer.close();
            go(paths.application(id));
          }}
          submitLabel="Create the application"
        />
      </Panel>
    </Page>
  );
}

const COLUMNS: readonly Column<ApplicationOut>[] = [
  {
    title: 'Name',
    cell: ({ id, name }) => <RowLink to={paths.application(id)}>{visible(name)}</RowLink>,
  },
  { title: 'Uid', wideOnly: true, cell: ({ uid }) => uid ?? '–' },
  { title: 'Id', wideOnly: true, cell: ({ id }) => <code>{id}</code> },
  { title: 'Created', align: 'right', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function OpenByName() {
  const go = useGo();
  const [name, setName] = useState('');
  return (
    <Form
      role="search"
      onSubmit={() => {
        if (name.trim() !== '') go(paths.application(name.trim()));
      }}
    >
      <Group gap="xs">
        <TextInput
          size="xs"
          aria-label="Uid or id of an application"
          placeholder="Uid or id"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Open
        </Button>
      </Group>
    </Form>
  );
}
