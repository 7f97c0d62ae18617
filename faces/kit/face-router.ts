import {
  type AnyRoute,
  type AnyRouter,
  type RouteComponent,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { type ComponentType, Fragment, type ReactNode, createElement } from 'react';
import { PageError, PageMissing } from './parts/page-error.tsx';
import { UnsavedGuard } from './unsaved/unsaved-guard.tsx';

export interface FacePages {
  /** The path below which the face is served: `/` or `/portal`. */
  readonly basepath: string;
  /** Rendered around every page, and before the first page is loaded. */
  readonly shell?: ComponentType<{ children: ReactNode }>;
  /** By path, such as `/applications/$app`. `later` makes a page that is loaded when somebody goes there. */
  readonly pages: Readonly<Record<string, RouteComponent>>;
}

/** Addresses of a face. A search is plain text by name, as people write and share it. */
export function createFaceRouter({ basepath, shell = Fragment, pages }: FacePages): AnyRouter {
  const root: AnyRoute = createRootRoute({ notFoundComponent: PageMissing });
  const routes = Object.entries(pages).map(([path, component]) =>
    createRoute({ getParentRoute: () => root, path, component }),
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath,
    InnerWrap: ({ children }) =>
      createElement(UnsavedGuard, null, createElement(shell, null, children)),
    defaultErrorComponent: PageError,
    // Text typed on the page of one application or endpoint must not appear on the page of the next.
    defaultRemountDeps: ({ params }) => params,
    scrollRestoration: true,
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(
        Object.entries(search)
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([name, value]) => [name, String(value)]),
      ).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

/** A page whose script is loaded when somebody goes there. */
export function later<Name extends string>(
  load: () => Promise<Readonly<Record<Name, RouteComponent>>>,
  name: Name,
): RouteComponent {
  return lazyRouteComponent(() => load().catch(unlessAway), name);
}

/**
 * The router loads the whole page again after an error of `import`: a newer release of the server has other scripts. While
 * nobody answers, that would leave an empty window.
 */
async function unlessAway(failure: unknown): Promise<never> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const isThere = await fetch(window.location.href, { method: 'HEAD', signal }).then(
    () => true,
    () => false,
  );
  throw isThere ? failure : new Error('The server cannot be reached', { cause: failure });
}

const ANSWER_WITHIN_MS = 5_000;
