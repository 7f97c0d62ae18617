import { z } from 'zod';
import {
  type apiInputs,
  type apiOptions,
  type apiOutputs,
  exceptSvixPlay,
  flag,
} from '../../operations/operations.ts';

/** What one route takes and answers: its description, and what its query is checked against. */
export interface Contract {
  /** Unique; Svix's own where the operation is one of Svix's. */
  readonly id: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly description?: string;
  /** Without a token. */
  readonly open?: true;
  readonly deprecated?: true;
  readonly query?: Query;
  readonly body?: keyof typeof apiInputs;
  readonly bodyOptional?: true;
  /** By status; null: no body. Errors are left out. */
  readonly answers: Readonly<Record<number, Output | ListOf | null>>;
}

export type Output = keyof typeof apiOutputs | 'Empty' | 'Document';

export interface ListOf {
  readonly listOf: keyof typeof apiOutputs;
}

/** By route: `GET /app/:app_id`. */
export type Contracts = Readonly<Record<string, Contract>>;

/** Of a list by name: its operation checks them. */
export type Query = keyof typeof apiOptions | keyof typeof routeOptions;

/** Query parameters of routes that are no lists. */
export const routeOptions = {
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

/** The parameters of a route that is no list; null for a list. */
export function optionsOf({ query = 'NoOptions' }: Contract): z.ZodObject | null {
  return query in routeOptions ? routeOptions[query as keyof typeof routeOptions] : null;
}
