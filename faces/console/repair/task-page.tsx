import { useParams } from '@tanstack/react-router';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Facts } from '../../kit/parts/facts.tsx';
import { Link } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { whole } from '../../kit/words/numbers.ts';
import { TASK_WORDS, taskState } from '../../kit/words/states.ts';
import { paths } from '../paths.ts';

/** A task, its progress and its result. */
export function TaskPage() {
  const { task: id = '' } = useParams({ strict: false });
  const api = useApi();
  const may = useMay('attempt:write');
  const read = useRead(['tasks', id], () => api.tasks.get(id), { everyMs: 1_000 });
  const task = read.data;
  const state = task && taskState(task);
  return (
    <Page
      title={task ? (TASK_WORDS[task.task] ?? task.task) : id}
      trail={[{ title: 'Tasks', to: '/tasks' }]}
      actions={
        task?.status === 'running' && (
          <Confirm
            title="Cancel the task"
            act={() => api.tasks.cancel(id)}
            done="The task is cancelled"
            disabled={!may}
          >
            The task ends where it is. The {whole(task.data.changed)} deliveries that it has changed
            stay changed.
          </Confirm>
        )
      }
    >
      <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
      {read.isLoading && <Waiting />}
      {task && state && (
        <div className="card">
          <Facts
            of={{
              State: <State tone={state.tone}>{state.text}</State>,
              ...(task.data.appId === null
                ? { 'Applications scanned': whole(task.data.scanned) }
                : {
                    'Messages scanned': whole(task.data.scanned),
                    'Deliveries changed': whole(task.data.changed),
                  }),
              Endpoint:
                task.data.appId === null || task.data.endpointId === null ? undefined : (
                  <Link to={paths.endpointTab(task.data.appId, task.data.endpointId, 'repair')}>
                    <code>{task.data.endpointId}</code>
                  </Link>
                ),
              Since: task.data.since === null ? undefined : <Time at={task.data.since} />,
              Until: <Time at={task.data.until} />,
              'Event types': task.data.eventTypes?.join(', '),
              Tag: task.data.tag ?? undefined,
              Began: <Time at={task.data.createdAt} />,
              'Last step': <Time at={task.updatedAt} />,
            }}
          />
        </div>
      )}
    </Page>
  );
}
