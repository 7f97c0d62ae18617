import { path } from '../kit/api/http.ts';

/** Addresses of the console. Parts are encoded: an application may be named by a uid. */
export const paths = {
  application: (app: string) => path`/applications/${app}`,
  endpoint: (app: string, endpoint: string) => path`/applications/${app}/endpoints/${endpoint}`,
  endpointTab: (app: string, endpoint: string, tab: string) =>
    path`/applications/${app}/endpoints/${endpoint}?tab=${tab}`,
  message: (app: string, message: string) => path`/applications/${app}/messages/${message}`,
  messages: (app: string) => path`/messages?app=${app}`,
  undelivered: (app: string, endpoint = '') => path`/undelivered?app=${app}&endpoint=${endpoint}`,
  task: (task: string) => path`/tasks/${task}`,
};
