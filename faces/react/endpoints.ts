import { useApi } from '../kit/api/api-context.tsx';
import type {
  EndpointHeadersOut,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointSecretRotateIn,
  FilterTestIn,
  FilterTestOut,
} from '../kit/api/types.ts';
import { type List, type ListOptions, useList } from '../kit/hooks/use-list.ts';
import { type Act, useAct } from '../kit/hooks/use-act.ts';
import { usePortal } from './use-portal.ts';
import { type Thing, useThing } from '../kit/hooks/use-thing.ts';

const STATE_EVERY_MS = 5_000;

/** All endpoints of the application, newest first. */
export function useEndpoints(options: ListOptions = {}): List<EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useList(['endpoints', app], (query, signal) => api.endpoints.list(app, query, signal), {
    refetchMs: STATE_EVERY_MS,
    ...options,
  });
}

/** One endpoint, with its state as it is now. */
export function useEndpoint(endpoint: string): Thing<EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(['endpoint', app, endpoint], () => api.endpoints.get(app, endpoint), {
    everyMs: STATE_EVERY_MS,
  });
}

export function useCreateEndpoint(): Act<EndpointIn, EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct((input) => api.endpoints.create(app, input), [['endpoints', app]]);
}

export function useUpdateEndpoint(endpoint: string): Act<EndpointPatch, EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct((input) => api.endpoints.patch(app, endpoint, input), changesOf(app, endpoint));
}

export function useDeleteEndpoint(endpoint: string): Act<void, void> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(() => api.endpoints.delete(app, endpoint), [['endpoints', app]]);
}

/** Pauses the endpoint: messages published meanwhile wait. */
export function usePauseEndpoint(endpoint: string): Act<void, EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(() => api.endpoints.pause(app, endpoint), changesOf(app, endpoint));
}

export function useResumeEndpoint(endpoint: string): Act<void, EndpointOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(() => api.endpoints.resume(app, endpoint), changesOf(app, endpoint));
}

/** Reads the signing secret when `run` is called. */
export function useEndpointSecret(endpoint: string): Act<void, string> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(async () => (await api.endpoints.secret(app, endpoint)).key);
}

/**
 * Makes a new secret, or takes `key`, and returns the key that the receiver verifies with. For
 * `gracePeriodSeconds` (default: 24 hours) messages are signed with the old secret, too.
 */
export function useRotateSecret(endpoint: string): Act<EndpointSecretRotateIn | void, string> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(async (rotation) => {
    const { key } = await api.endpoints.rotateSecret(app, endpoint, rotation ?? {});
    return key;
  });
}

/** The headers that are added to each request. */
export function useHeaders(endpoint: string): Thing<EndpointHeadersOut> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(['headers', app, endpoint], () => api.endpoints.headers(app, endpoint));
}

/** Changes headers by name; null removes a header. */
export function useChangeHeaders(endpoint: string): Act<Record<string, string | null>, unknown> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(
    (headers) => api.endpoints.patchHeaders(app, endpoint, { headers }),
    [['headers', app, endpoint]],
  );
}

/** Tests filters on recent messages: which match, and why the others don't. */
export function useTestFilter(endpoint: string): Act<FilterTestIn, FilterTestOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct((input) => api.endpoints.testFilter(app, endpoint, input));
}

function changesOf(app: string, endpoint: string) {
  return [
    ['endpoint', app, endpoint],
    ['endpoints', app],
  ];
}
