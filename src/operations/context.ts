import type { Clock } from '../domain/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { Intake } from '../delivery/delivery.ts';
import type { Directory, Storage } from '../storage/storage.ts';
import type { Turns } from './turns.ts';

/** What every resource's operations are built on. */
export interface Context {
  readonly storage: Storage;
  readonly directory: Directory;
  readonly dispatch: Intake;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxPayloadChars: number;
  /** Edits of one application and its endpoints, one after the other. */
  readonly turns: Turns;
}
