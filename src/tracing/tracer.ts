import { type ProxyTracerProvider, type Tracer, trace } from '@opentelemetry/api';
import { VERSION } from '../version.ts';

/**
 * The tracer of the provider that the application has registered. Null without a provider: then nothing is wrapped
 * and tracing costs nothing. Called once, when the app is created.
 */
export function registeredTracer(): Tracer | null {
  const provider = trace.getTracerProvider();
  // A provider other than the API's placeholder was registered by an older copy of the API.
  if (!isStandIn(provider)) return provider.getTracer(NAME, VERSION);
  return provider.getDelegateTracer(NAME, VERSION) ?? null;
}

/** Checks the shape instead of the class, because the application may have its own copy of the API. */
function isStandIn(provider: object): provider is ProxyTracerProvider {
  return 'getDelegateTracer' in provider;
}

const NAME = 'posthaste';
