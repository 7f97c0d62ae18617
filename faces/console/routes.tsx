import { createFaceRouter, later } from '../kit/face-router.ts';
import { ConsoleShell } from './console-shell.tsx';

export const router = createFaceRouter({
  basepath: '/',
  shell: ConsoleShell,
  pages: {
    '/': later(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
    '/applications': later(
      () => import('./applications/applications-page.tsx'),
      'ApplicationsPage',
    ),
    '/applications/$app': later(
      () => import('./applications/application-page.tsx'),
      'ApplicationPage',
    ),
    '/applications/$app/endpoints/$endpoint': later(
      () => import('./endpoints/endpoint-page.tsx'),
      'EndpointPage',
    ),
    '/applications/$app/messages/$message': later(
      () => import('./messages/message-page.tsx'),
      'MessagePage',
    ),
    '/messages': later(() => import('./messages/messages-page.tsx'), 'MessagesPage'),
    '/undelivered': later(() => import('./repair/undelivered-page.tsx'), 'UndeliveredPage'),
    '/repair': later(() => import('./repair/repair-page.tsx'), 'RepairPage'),
    '/tasks': later(() => import('./repair/tasks-page.tsx'), 'TasksPage'),
    '/tasks/$task': later(() => import('./repair/task-page.tsx'), 'TaskPage'),
    '/event-types': later(() => import('./organization/event-types-page.tsx'), 'EventTypesPage'),
    '/operational-webhooks': later(
      () => import('./organization/operational-webhooks-page.tsx'),
      'OperationalWebhooksPage',
    ),
    '/api-keys': later(() => import('./organization/api-keys-page.tsx'), 'ApiKeysPage'),
    '/audit': later(() => import('./organization/audit-page.tsx'), 'AuditPage'),
    '/settings': later(() => import('./organization/settings-page.tsx'), 'SettingsPage'),
  },
});
