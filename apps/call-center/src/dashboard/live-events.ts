export interface LiveEvents {
  /** Something has changed, or may have changed. */
  readonly onChange: () => void;
  /** After `true` every change is reported; changes before it may have been missed. */
  readonly onConnection: (connected: boolean) => void;
}

// The server sends a heartbeat every 15 s, so a connection that is silent for longer than this is dead.
const SILENCE_MS = 40_000;
const RECONNECT_MS = 5_000;

/** Follows the server's events until the returned function is called. */
export function followEvents({ onChange, onConnection }: LiveEvents): () => void {
  let source: EventSource;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let reconnect: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    source = new EventSource('/events');
    source.addEventListener('open', () => {
      heard();
      onConnection(true);
    });
    source.addEventListener('call', () => {
      heard();
      onChange();
    });
    source.addEventListener('reset', onChange);
    source.addEventListener('heartbeat', heard);
    source.addEventListener('error', () => {
      onConnection(false);
      // An EventSource reconnects by itself, unless the server refused the connection.
      if (source.readyState === EventSource.CLOSED) connectAgain(RECONNECT_MS);
    });
  }

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => {
      onConnection(false);
      connectAgain(0);
    }, SILENCE_MS);
  }

  function connectAgain(delayMs: number): void {
    close();
    reconnect = setTimeout(connect, delayMs);
  }

  function close(): void {
    clearTimeout(silence);
    clearTimeout(reconnect);
    source.close();
  }

  connect();
  return close;
}
