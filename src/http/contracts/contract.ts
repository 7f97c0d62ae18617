import { z } from 'zod';
import {
  type apiInputs,
  type apiOptions,
  type apiOutputs,
  attemptListFields,
  exceptSvixPlay,
  flag,
} from '../../operations/operations.ts';

/** Input and output of one route: describes the API, and checks the route's query. */
export interface Contract {
  /** The operation id: unique, and the same as Svix's where Svix has the operation. */
  readonly id: string;
  /** What the operation does, in a few words. */
  readonly summary: string;
  readonly description?: string;
  /** True: the route needs no token. */
  readonly open?: true;
  readonly deprecated?: true;
  readonly query?: Query;
  readonly body?: keyof typeof apiInputs;
  readonly bodyOptional?: true;
  /** Successful answers by status; null: no body. */
  readonly answers: Readonly<Record<number, Output | ListOf | null>>;
}

export type Output = keyof typeof apiOutputs | 'Empty' | 'Document';

export interface ListOf {
  readonly listOf: keyof typeof apiOutputs;
}

/** By route: `GET /app/:app_id`. */
export type Contracts = Readonly<Record<string, Contract>>;

/** The name of a set of query parameters. Those of lists are checked by the operation. */
export type Query = keyof typeof apiOptions | keyof typeof routeOptions;

/** Query parameters that the HTTP API checks itself: those of routes that are not lists, or that have another path. */
export const routeOptions = {
  AttemptListOfPairOptions: z.strictObject(attemptListFields),
  ContentOptions: z.strictObject({ withContent: flag.default(true) }),
  CreateApplicationOptions: z.strictObject({ getIfExists: flag.default(false) }),
  CountEndpointsOptions: z.strictObject({ excludeSvixPlay: exceptSvixPlay }),
  DeleteEventTypeOptions: z.strictObject({ expunge: flag.default(false) }),
  GetAttemptOptions: z.strictObject({ expandedStatuses: flag.default(false) }),
  PublishOptions: z.strictObject({
    withContent: flag.default(true),
    explain: flag.default(false),
  }),
  NoOptions: z.strictObject({}),
} as const;

/** The query parameters of a route; null when the operation checks them. */
export function optionsOf({ query = 'NoOptions' }: Contract): z.ZodObject | null {
  return query in routeOptions ? routeOptions[query as keyof typeof routeOptions] : null;
}
