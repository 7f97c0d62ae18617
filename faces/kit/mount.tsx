import {
  type CSSVariablesResolver,
  type MantineColorSchemeManager,
  MantineProvider,
  type MantineThemeOverride,
} from '@mantine/core';
import '@mantine/core/styles.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { toApiError } from './api/api-error.ts';
import { Announcer } from './parts/announcer.tsx';
import { cssVariables, theme } from './theme/theme.ts';
import './theme/theme.css';

export interface Look {
  readonly theme: MantineThemeOverride;
  readonly cssVariables: CSSVariablesResolver;
  /** Keeps the choice of light or dark; default: in the storage of the browser. */
  readonly schemes?: MantineColorSchemeManager;
}

export const OUR_LOOK: Look = { theme, cssVariables };

export interface Mounted {
  readonly look: Look;
  readonly queries: QueryClient;
  readonly children: ReactNode;
}

/** Renders `children` into the page, with a look, the queries, and a place for announcements. */
export function mount({ look, queries, children }: Mounted): void {
  const root = document.getElementById('face');
  if (root === null) throw new Error('the page has no place for its face');
  setNonce(styleNonce());
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={look.theme}
        cssVariablesResolver={look.cssVariables}
        {...(look.schemes && { colorSchemeManager: look.schemes })}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <QueryClientProvider client={queries}>
          <Announcer>{children}</Announcer>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        // A refusal is final; a server that can't be reached may be restarting.
        retry: (failures, error) => failures < 2 && toApiError(error).status === 0,
        refetchOnWindowFocus: true,
        // A server on this machine answers while the machine has no network.
        networkMode: 'always',
      },
    },
  });
}

/** The policy of the page allows style elements with this nonce only. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
}
