import { createFaceRouter } from '../kit/face-router.ts';
import { ConsoleShell } from './console-shell.tsx';
import { OverviewPage } from './overview/overview-page.tsx';

/** The first page comes with the console. */
export const router = createFaceRouter({
  basepath: '/',
  shell: ConsoleShell,
  pages: { '/': OverviewPage },
});
