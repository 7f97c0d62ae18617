/** `posthaste/react`: the data and operations of the portal as hooks, without its look. */
export { PosthasteProvider, type PosthasteProviderProps } from './posthaste-provider.tsx';
export { type Portal, usePortal } from './use-portal.ts';
export type { Act } from '../kit/hooks/use-act.ts';
export type { Thing } from '../kit/hooks/use-thing.ts';
export type { List, ListOptions } from '../kit/hooks/use-list.ts';
export { ApiError, type FieldError } from '../kit/api/api-error.ts';
export {
  useChangeHeaders,
  useCreateEndpoint,
  useDeleteEndpoint,
  useEndpoint,
  useEndpoints,
  useEndpointSecret,
  useHeaders,
  usePauseEndpoint,
  useResumeEndpoint,
  useRotateSecret,
  useTestFilter,
  useUpdateEndpoint,
} from './endpoints.ts';
export {
  useAuthentication,
  useMtls,
  useOauth,
  useRemoveAuthentication,
  useRemoveMtls,
  useRemoveSignature,
  useSetAuthentication,
  useSetMtls,
  useSetOauth,
  useSetSignature,
  useSignature,
} from './endpoint-access.ts';
export {
  useChangeTransformation,
  useSimulateTransformation,
  useTransformation,
} from './transformation.ts';
export {
  useAttempts,
  useDeliveries,
  useEndpointMessages,
  useMessage,
  useMessages,
  useResend,
  useSendExample,
} from './messages.ts';
export { useEventTypes } from './event-types.ts';
export { type StatisticsOptions, useStatistics } from './statistics.ts';
export {
  type Repair,
  useCancelTask,
  useRecover,
  useReplay,
  useReplayMissing,
  useTasks,
} from './repair.ts';
export type {
  AttemptStatisticsOut,
  AuthenticationIn,
  AuthenticationOut,
  BulkReplayIn,
  EndpointHeadersOut,
  EndpointIn,
  EndpointMessageOut,
  EndpointMtlsConfigIn,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthOut,
  EndpointOut,
  EndpointPatch,
  EndpointSecretRotateIn,
  EndpointSignatureIn,
  EndpointSignatureOut,
  EndpointTransformationOut,
  EndpointTransformationPatch,
  EventExampleIn,
  EventTypeOut,
  FilterTestIn,
  FilterTestOut,
  MessageAttemptOut,
  MessageEndpointOut,
  MessageOut,
  MessageStatus,
  ReplayIn,
  TaskCountOut,
  TaskOut,
  TransformationSimulateIn,
  TransformationSimulateOut,
} from '../kit/api/types.ts';
