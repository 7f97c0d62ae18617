import { applicationApi, eventTypeApi } from './application-api.ts';
import { endpointApi } from './endpoint-api.ts';
import type { Http } from './http.ts';
import { messageApi } from './message-api.ts';
import {
  accessApi,
  operationalWebhookApi,
  statusApi,
  taskApi,
  undeliveredApi,
} from './organization-api.ts';

/** The operations of the HTTP API by resource. Every call rejects with `ApiError` only. */
export interface Api {
  readonly applications: ReturnType<typeof applicationApi>;
  readonly endpoints: ReturnType<typeof endpointApi>;
  readonly eventTypes: ReturnType<typeof eventTypeApi>;
  readonly messages: ReturnType<typeof messageApi>;
  readonly tasks: ReturnType<typeof taskApi>;
  readonly undelivered: ReturnType<typeof undeliveredApi>;
  readonly access: ReturnType<typeof accessApi>;
  readonly operationalWebhooks: ReturnType<typeof operationalWebhookApi>;
  readonly status: ReturnType<typeof statusApi>;
}

export function createApi(http: Http): Api {
  return {
    applications: applicationApi(http),
    endpoints: endpointApi(http),
    eventTypes: eventTypeApi(http),
    messages: messageApi(http),
    tasks: taskApi(http),
    undelivered: undeliveredApi(http),
    access: accessApi(http),
    operationalWebhooks: operationalWebhookApi(http),
    status: statusApi(http),
  };
}
