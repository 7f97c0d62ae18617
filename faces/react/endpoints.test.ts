import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ApiContext } from '../kit/api/api-context.tsx';
import { createApi } from '../kit/api/api.ts';
import type { Http } from '../kit/api/http.ts';
import type { Act } from '../kit/hooks/use-act.ts';
import { IdentityContext } from '../kit/session/session-context.tsx';
import type { EndpointSecretRotateIn, WhoamiOut } from '../kit/api/types.ts';
import { useRotateSecret } from './endpoints.ts';

test('a secret is rotated to one of the caller, with the time that the old one has', async () => {
  const sent: unknown[] = [];
  const post = async (path: string, body: unknown) => {
    sent.push([path, body]);
    return { key: 'whsec_new' };
  };
  let rotate: Act<EndpointSecretRotateIn | void, string> | undefined;
  function Page() {
    rotate = useRotateSecret('ep_1');
    return null;
  }
  const identity = { appId: 'app_1', rights: [] } as unknown as WhoamiOut;
  renderToString(
    createElement(
      QueryClientProvider,
      { client: new QueryClient() },
      createElement(
        ApiContext,
        { value: createApi({ post } as unknown as Http) },
        createElement(IdentityContext, { value: identity }, createElement(Page)),
      ),
    ),
  );

  expect(await rotate?.run({ key: 'whsec_own', gracePeriodSeconds: 0 })).toBe('whsec_new');
  await rotate?.run();
  const path = '/app/app_1/endpoint/ep_1/secret/rotate';
  expect(sent).toEqual([
    [path, { key: 'whsec_own', gracePeriodSeconds: 0 }],
    [path, {}],
  ]);
});
