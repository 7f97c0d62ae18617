import { Stack, Title } from '@mantine/core';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { Link } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { ApplicationChoice } from '../applications/application-choice.tsx';
import { paths } from '../paths.ts';
import { EndpointChoice } from './endpoint-choice.tsx';
import { TaskList } from './task-list.tsx';
import { UndeliveredCounts } from './undelivered-counts.tsx';

/** Leads to the endpoint that needs repair, and shows the repairs under way. */
export function RepairPage() {
  const [app] = useSearchValue('app');
  return (
    <Page title="Repair">
      <ApplicationChoice />
      <Stack gap="xs">
        <UndeliveredCounts app={app} />
        <Link to={paths.undelivered(app)} size="sm">
          Show undelivered messages
        </Link>
      </Stack>
      {app !== '' && <EndpointChoice app={app} />}
      <Stack gap="sm">
        <Title order={2}>Tasks under way</Title>
        <TaskList status="running" />
      </Stack>
    </Page>
  );
}
