/** `posthaste/react`: what the portal is made of, without its looks. */
export { PosthasteProvider, type PosthasteProviderProps } from './posthaste-provider.tsx';
export { type Portal, usePortal } from './use-portal.ts';
export type { Act } from './use-act.ts';
export type { Thing } from './use-thing.ts';
export type { List, ListOptions } from '../kit/hooks/use-list.ts';
export { ApiError, type FieldError } from '../kit/api/api-error.ts';
export {
  useAuthentication,
  useChangeHeaders,
  useCreateEndpoint,
  useDeleteEndpoint,
  useEndpoint,
  useEndpoints,
  useEndpointSecret,
  useHeaders,
  usePauseEndpoint,
  useRemoveAuthentication,
  useResumeEndpoint,
  useRotateSecret,
  useSetAuthentication,
  useTestFilter,
  useUpdateEndpoint,
} from './endpoints.ts';
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
  EndpointOut,
  EndpointPatch,
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
} from '../kit/api/types.ts';
