import type { z } from 'zod';
import type { Endpoint } from '../../domain/endpoint.ts';
import { PosthasteError, invalid } from '../../domain/errors.ts';
import type { Transformation, Transformed } from '../../domain/transformation.ts';
import type { Context } from '../context.ts';
import { isoOrNull } from '../instant.ts';
import { rightsOf } from '../principal.ts';
import { check, fieldError } from '../validation.ts';
import { headersText } from '../messages/message-headers.ts';
import { printPayload } from '../messages/print-payload.ts';
import type { EndpointAccess } from './endpoint-authentication.ts';
import type { EndpointTransformationOperations } from './endpoint-operations.ts';
import { transformationPatch, transformationSimulateIn } from './transformation-schemas.ts';

/** A program that changes the requests to an endpoint, or cancels deliveries. */
export function createEndpointTransformation(
  context: Pick<Context, 'transform' | 'clock' | 'ids'>,
  { find, edit }: EndpointAccess,
): EndpointTransformationOperations {
  const { clock } = context;
  return {
    async getTransformation(principal, app, endpoint) {
      const { transformation } = await find(principal, app, endpoint);
      const { code, enabled, variables, updatedAt } = transformation ?? NONE;
      // They may be secrets, which who may only read endpoints does not get; an editor must see them.
      const withheld = variables !== null && !rightsOf(principal).has('transformation:write');
      return {
        code,
        enabled,
        variables: variables === null || withheld ? null : { ...variables },
        variablesWithheld: withheld,
        updatedAt: isoOrNull(updatedAt),
      };
    },

    async patchTransformation(principal, app, endpoint, input) {
      const given = check(transformationPatch, input, 'body');
      if (given.code) {
        const wrong = await codeError(context, await find(principal, app, endpoint), given.code);
        if (wrong !== null) throw invalid([fieldError(wrong, 'body', 'code')]);
      }
      await edit(principal, app, endpoint, (current) => {
        const transformation = patched(current.transformation, given);
        return { ...current, transformation: { ...transformation, updatedAt: clock.now() } };
      });
    },

    async simulateTransformation(principal, app, endpoint, input) {
      const found = await find(principal, app, endpoint);
      const given = check(transformationSimulateIn, input, 'body');
      const result = await simulate(context, found, given);
      if (result.kind === 'failed') throw invalid([fieldError(result.detail, 'body', 'code')]);
      if (result.kind === 'busy') {
        throw new PosthasteError('rate_limited', 'too many transformations wait: try again');
      }
      const { path, payload, method, cancel, headers } = result.webhook;
      const changed = new URL(`${new URL(found.url).origin}${path}`).href;
      return { url: changed, payload, method, cancel, headers: { ...headers } };
    },
  };
}

/** Why the code cannot run, whatever it is given; null: it may, or the sandbox is busy. */
export async function codeError(
  context: Pick<Context, 'transform' | 'clock' | 'ids'>,
  endpoint: Pick<Endpoint, 'id' | 'url'>,
  code: string,
): Promise<string | null> {
  // Whether the program takes this example says nothing.
  const example = { code, eventType: 'example', payload: {} };
  const result = await simulate(context, endpoint, example);
  return result.kind === 'failed' && result.always ? result.detail : null;
}

function simulate(
  { transform, clock, ids }: Pick<Context, 'transform' | 'clock' | 'ids'>,
  { id, url }: Pick<Endpoint, 'id' | 'url'>,
  given: z.output<typeof transformationSimulateIn>,
): Promise<Transformed> {
  return new Promise((resolve) =>
    transform(
      {
        // Takes turns with deliveries, and says nothing about the program that they use.
        endpointId: `simulated ${id}`,
        messageId: ids.next('msg'),
        url,
        code: given.code,
        variables: given.variables ?? null,
        eventType: given.eventType,
        channels: given.channels ?? null,
        headers: headersText(given.headers),
        payload: printPayload(given.payload),
        isJson: true,
        now: clock.now(),
      },
      resolve,
    ),
  );
}

/** What is absent stays. Throws `validation`, at `path` of the body, for an enabled transformation without code. */
export function patched(
  current: Transformation | null,
  given: z.output<typeof transformationPatch>,
  ...path: string[]
): Omit<Transformation, 'updatedAt'> {
  const before = current ?? NONE;
  const code = given.code === undefined ? before.code : given.code;
  const variables = given.variables === undefined ? before.variables : given.variables;
  const enabled = given.enabled ?? before.enabled;
  if (enabled && code === null) {
    throw invalid([fieldError('needs code that runs', 'body', ...path, 'enabled')]);
  }
  return { code, enabled, variables };
}

const NONE = { code: null, enabled: false, variables: null, updatedAt: null };
