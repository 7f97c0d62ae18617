import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { waitFor } from './wait-for.ts';

/** A provider of the process that keeps the spans, as an application registers one; `stop` takes it away. */
export interface Traces {
  readonly finished: () => ReadableSpan[];
  /** Resolves with the spans that have ended once there are so many. */
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
