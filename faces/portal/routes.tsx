import type { AnyRouter } from '@tanstack/react-router';
import { createFaceRouter, later } from '../kit/face-router.ts';
import type { PortalLook } from './look/look.ts';
import { PortalShell } from './portal-shell.tsx';

export function createPortalRouter(look: PortalLook): AnyRouter {
  return createFaceRouter({
    basepath: '/portal',
    shell: ({ children }) => <PortalShell look={look}>{children}</PortalShell>,
    pages: {
      '/': later(() => import('./endpoints/endpoints-page.tsx'), 'EndpointsPage'),
      '/endpoints/new': later(() => import('./endpoints/new-endpoint-page.tsx'), 'NewEndpointPage'),
      '/endpoints/$endpoint': later(() => import('./endpoints/endpoint-page.tsx'), 'EndpointPage'),
      '/messages': later(() => import('./messages/messages-page.tsx'), 'MessagesPage'),
      '/messages/$message': later(() => import('./messages/message-page.tsx'), 'MessagePage'),
      '/event-types': later(() => import('./event-types/event-types-page.tsx'), 'EventTypesPage'),
      '/activity': later(() => import('./activity-page.tsx'), 'ActivityPage'),
    },
  });
}
