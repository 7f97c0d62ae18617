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

/** Operations for the transformation of an endpoint: a program that changes requests or cancels deliveries. */
export function createEndpointTransformation(
  context: Pick<Context, 'transform' | 'clock' | 'ids'>,
  { find, edit }: EndpointAccess,
): EndpointTransformationOperations {
  const { clock } = context;
  return {
    async getTransformation(principal, app, endpoint) {
      const { transformation } = await find(principal, app, endpoint);
      const { code, enabled, variables, updatedAt } = transformation ?? NONE;
      // Variables may be secrets, so only tokens that may edit the transformation see them.
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
        throw new PosthasteError(
          'rate_limited',
          'Too many transformations are running; try again later',
        );
      }
      const { path, payload, method, cancel, headers } = result.webhook;
      const changed = new URL(`${new URL(found.url).origin}${path}`).href;
      return { url: changed, payload, method, cancel, headers: { ...headers } };
    },
  };
}

/** Why the code can't run with any input; null: it may run, or the sandbox is busy. */
export async function codeError(
  context: Pick<Context, 'transform' | 'clock' | 'ids'>,
  endpoint: Pick<Endpoint, 'id' | 'url'>,
  code: string,
): Promise<string | null> {
  // Only errors of loading count: the program may fail on this example and work with real messages.
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
        // An id of its own: it takes turns with deliveries, and its failures don't count for the endpoint's program.
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

/** Absent members stay. Throws `validation`, at `path` of the body, for an enabled transformation without code. */
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
    throw invalid([fieldError('can be true only with code', 'body', ...path, 'enabled')]);
  }
  return { code, enabled, variables };
}

const NONE = { code: null, enabled: false, variables: null, updatedAt: null };
