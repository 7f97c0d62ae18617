import { createEngine } from '../../src/delivery/engine.ts';
import type { CreateEngine } from './engine-parts.ts';

/** Creates the real engine, as `app/` does. */
export const createEngineUnderTest: CreateEngine = (parts) =>
  createEngine({ ...parts, svixHeaders: false, userAgent: 'simulation' });
