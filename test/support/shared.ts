import type { Packed } from '../package/pack.ts';

/** What the test files of a run share, because making it costs seconds of a core. */
export interface Shared {
  /** Not durable. Its user may create databases: each file makes its own. */
  readonly postgres: { readonly url: string };
  /** Give queues names of the test's own, or create a virtual host. */
  readonly rabbitmq: { readonly url: string; readonly managementUrl: string };
  /** The package `posthaste`, built and packed from the sources. */
  readonly package: Packed;
  /** Console and portal, built from the sources: for `facesFolder`. */
  readonly faces: { readonly folder: string };
}

/**
 * One of them, made when the first file of the run asks for it: see `shared-setup.ts`. The servers that
 * the variables TEST_POSTGRES_URL, TEST_AMQP_URL and TEST_AMQP_MANAGEMENT_URL name are taken instead.
 */
export async function shared<K extends keyof Shared>(kind: K): Promise<Shared[K]> {
  return GIVEN[kind]() ?? (await ask(kind));
}

const GIVEN: { readonly [K in keyof Shared]: () => Shared[K] | undefined } = {
  postgres: () => {
    const { TEST_POSTGRES_URL: url } = process.env;
    return url ? { url } : undefined;
  },
  rabbitmq: () => {
    const { TEST_AMQP_URL: url, TEST_AMQP_MANAGEMENT_URL: managementUrl = '' } = process.env;
    return url ? { url, managementUrl } : undefined;
  },
  package: () => undefined,
  faces: () => undefined,
};

async function ask<K extends keyof Shared>(kind: K): Promise<Shared[K]> {
  const answer = await fetch(`${process.env['TEST_SHARED_URL']}/${kind}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Shared[K];
}
