import { RouterProvider } from '@tanstack/react-router';
import { createFaceRouter } from '@posthaste/faces/kit/face-router.ts';
import { createQueries, mount } from '@posthaste/faces/kit/mount.tsx';
import { accented } from '@posthaste/faces/kit/theme/accented.ts';
import { CallsPage } from './calls-page.tsx';

const router = createFaceRouter({ basepath: '/', pages: { '/': CallsPage } });

mount({
  look: accented('#2360c9'),
  queries: createQueries(),
  children: <RouterProvider router={router} />,
});
