const ANSWER_LIMIT = 64 * 1024;

/**
 * Posts JSON to the provider: one deadline over the whole exchange, and no more than 64 KiB read. Once there is a
 * status it is returned, whatever becomes of the body: the provider has decided, and must not be asked twice.
 */
export async function postJson(
  url: string | URL,
  body: unknown,
  timeoutMs: number,
  stop: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
  });
  const location = response.headers.get('location');
  // Not followed; where it leads shows what is wrong with the URL.
  if (location !== null && response.status >= 300 && response.status < 400) {
    await response.body?.cancel().catch(() => {});
    return { status: response.status, text: `with Location: ${location}` };
  }
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ANSWER_LIMIT) break;
    }
  } catch {
    // The body was cut, or did not end before the deadline.
  }
  return { status: response.status, text };
}
