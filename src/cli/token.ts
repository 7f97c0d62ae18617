import type { Config } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import { createTokens } from '../operations/tokens.ts';

/** The organization of an installation that has only one. */
export const ORGANIZATION = 'org_default';
