import { type ProxyTracerProvider, type Tracer, trace } from '@opentelemetry/api';
import { VERSION } from '../version.ts';

/**
 * The tracer of the provider that the application has registered. Null: it has registered none, so
 * nothing is wrapped and tracing costs nothing. Asked once, when the parts are put together.
 */
export function registeredTracer(): Tracer | null {
  const provider = trace.getTracerProvider();
  // A provider that is not the API's own stand-in has been registered by an older copy of the API.
  if (!isStandIn(provider)) return provider.getTracer(NAME, VERSION);
  return provider.getDelegateTracer(NAME, VERSION) ?? null;
}

/** By its shape: the application may have a copy of the API of its own. */
function isStandIn(provider: object): provider is ProxyTracerProvider {
  return 'getDelegateTracer' in provider;
}

const NAME = 'posthaste';
