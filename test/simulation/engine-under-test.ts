import { createEngine } from '../../src/delivery/engine.ts';
import type { CreateEngine } from './engine-parts.ts';

/** The real engine, as `app.ts` makes it. */
export const createEngineUnderTest: CreateEngine = (parts) =>
  createEngine({ ...parts, svixHeaders: false, userAgent: 'simulation' });
