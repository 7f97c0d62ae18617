import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { waitFor } from './wait-for.ts';

/** Keeps the spans of this process, through a global provider as an application registers one, until `stop`. */
export interface Traces {
  readonly finished: () => ReadableSpan[];
  /** Waits until `count` spans have ended, and returns the ended ones. */
  readonly spans: (count: number, withinMs?: number) => Promise<ReadableSpan[]>;
  readonly stop: () => void;
}

export function startTraces(): Traces {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const finished = () => exporter.getFinishedSpans();
  return {
    finished,
    spans: (count, withinMs) =>
      waitFor(() => finished().length >= count && finished(), `${count} spans`, withinMs),
    stop() {
      trace.disable();
      context.disable();
    },
  };
}
