import { useApi } from '../kit/api/api-context.tsx';
import type {
  EndpointTransformationOut,
  EndpointTransformationPatch,
  TransformationSimulateIn,
  TransformationSimulateOut,
} from '../kit/api/types.ts';
import { type Act, useAct } from '../kit/hooks/use-act.ts';
import { type Thing, useThing } from '../kit/hooks/use-thing.ts';
import { usePortal } from './use-portal.ts';

/** The program that changes requests to an endpoint. */
export function useTransformation(endpoint: string): Thing<EndpointTransformationOut> {
  const { app } = usePortal();
  const api = useApi();
  return useThing(['transformation', app, endpoint], () =>
    api.endpoints.transformation(app, endpoint),
  );
}

export function useChangeTransformation(
  endpoint: string,
): Act<EndpointTransformationPatch, unknown> {
  const { app } = usePortal();
  const api = useApi();
  return useAct(
    (input) => api.endpoints.patchTransformation(app, endpoint, input),
    [['transformation', app, endpoint]],
  );
}

/** Runs a program, saved or not, on a payload and returns the result. Nothing is sent. */
export function useSimulateTransformation(
  endpoint: string,
): Act<TransformationSimulateIn, TransformationSimulateOut> {
  const { app } = usePortal();
  const api = useApi();
  return useAct((input) => api.endpoints.simulateTransformation(app, endpoint, input));
}
