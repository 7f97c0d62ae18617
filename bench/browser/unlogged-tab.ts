import type { Browser, CDPSession } from 'playwright-core';

/**
 * A tab without Playwright's listeners. Playwright makes the browser log each request with its call stack, for which V8
 * parses the scripts again: a fifth of the CPU until a page shows its rows, which no visitor pays.
 */
export interface UnloggedTab {
  /** Adds a script that runs in each page before the page's own scripts. */
  beforeAll(script: string): Promise<void>;
  goto(url: string): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  /** The CPU time of the page's main thread so far. */
  cpuMs(): Promise<number>;
  close(): Promise<void>;
}

export async function openUnloggedTab(
  browser: Browser,
  size: { readonly width: number; readonly height: number },
): Promise<UnloggedTab> {
  const tools = await browser.newBrowserCDPSession();
  const { browserContextId } = await tools.send('Target.createBrowserContext');
  const { targetId } = await tools.send('Target.createTarget', {
    url: 'about:blank',
    browserContextId,
    ...size,
  });
  const { sessionId } = await tools.send('Target.attachToTarget', { targetId });
  const send = callsTo(tools, sessionId);
  await send('Page.enable');
  await send('Performance.enable', { timeDomain: 'threadTicks' });
  return {
    async beforeAll(source) {
      await send('Page.addScriptToEvaluateOnNewDocument', { source });
    },
    async goto(url) {
      await send('Page.navigate', { url });
    },
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send<Evaluated>('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
      return result.value as T;
    },
    async cpuMs() {
      const { metrics } = await send<Measured>('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000;
    },
    async close() {
      await tools.send('Target.disposeBrowserContext', { browserContextId });
      await tools.detach();
    },
  };
}

interface Evaluated {
  readonly result: { readonly value: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

interface Measured {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const DEADLINE_MS = 30_000;

/** Calls the DevTools protocol of one target through the browser's session. */
function callsTo(tools: CDPSession, sessionId: string) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  tools.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id = 0, result, error } = JSON.parse(message) as Answer;
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  return async function send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++calls;
    const call = Promise.withResolvers<unknown>();
    waiting.set(id, call);
    const timer = setTimeout(
      () => call.reject(new Error(`${method} was not answered`)),
      DEADLINE_MS,
    );
    try {
      const message = JSON.stringify({ id, method, params });
      await tools.send('Target.sendMessageToTarget', { sessionId, message });
      // The caller names the documented type of the answer.
      return (await call.promise) as T;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
}
