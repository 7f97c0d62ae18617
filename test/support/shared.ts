import type { Packed } from '../package/pack.ts';

/** Things that the test files of a run share, because making one costs seconds of a core. */
export interface Shared {
  /** Does not wait for the disk. Its user may create databases: each file makes its own. */
  readonly postgres: { readonly url: string };
  /** A test gives its queues unique names, or creates a virtual host. */
  readonly rabbitmq: { readonly url: string; readonly managementUrl: string };
  /** The package `posthaste`, built and packed from the sources. */
  readonly package: Packed;
  /** Console and portal, built from the sources: for `facesFolder`. */
  readonly faces: { readonly folder: string };
}

/**
 * Returns a shared thing, which is made when the first file of the run asks for it (`shared-setup.ts`). Servers that
 * TEST_POSTGRES_URL, TEST_AMQP_URL and TEST_AMQP_MANAGEMENT_URL name are used instead of new ones.
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
