/** Addresses of the portal's pages. */
export const paths = {
  endpoint: (endpoint: string) => `/endpoints/${encodeURIComponent(endpoint)}`,
  endpointTab: (endpoint: string, tab: string) =>
    `/endpoints/${encodeURIComponent(endpoint)}?tab=${tab}`,
  message: (message: string) => `/messages/${encodeURIComponent(message)}`,
} as const;
