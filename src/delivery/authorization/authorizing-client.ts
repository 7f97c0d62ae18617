import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  withoutResponse,
} from '../http-client/http-client.ts';
import { AccessTokens, type AccessTokensOptions } from './access-tokens.ts';

/**
 * Sends requests that have `credentials` with an access token, within their deadline; all other requests
 * pass unchanged. Token requests use the same client, so the same address guard applies to them.
 */
export function createAuthorizingClient(
  options: AccessTokensOptions & { readonly httpClient: HttpClient },
): HttpClient {
  const { httpClient, clock } = options;
  const tokens = new AccessTokens(options);

  function post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void {
    const { credentials } = request;
    if (!credentials) return httpClient.post(request, onResult);
    const known = tokens.known(credentials);
    if (known !== null) return send(request, known, onResult);
    const startedMs = clock.monotonicMs();
    tokens.request(credentials, request.deadlineMs, (answer) => {
      if (typeof answer !== 'string') return onResult(answer);
      const deadlineMs = request.deadlineMs - (clock.monotonicMs() - startedMs);
      if (deadlineMs <= 0) return onResult(LATE);
      send({ ...request, deadlineMs }, answer, onResult);
    });
  }

  function send(
    request: HttpRequest,
    token: string,
    onResult: (result: ExchangeResult) => void,
  ): void {
    const head = `${request.head.slice(0, -2)}Authorization: Bearer ${token}\r\n\r\n`;
    httpClient.post({ ...request, head }, (result) => {
      const { credentials } = request;
      if (result.statusCode === 401 && credentials) tokens.refused(credentials, token);
      onResult(result);
    });
  }

  return { ...httpClient, post };
}

const LATE = withoutResponse('authorization', 'the access token came at the deadline');
