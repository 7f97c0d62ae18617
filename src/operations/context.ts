import type { Clock } from '../domain/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { Intake } from '../delivery/delivery.ts';
import type { Directory, Storage } from '../storage/storage.ts';
import type { KeyedMutex } from './keyed-mutex.ts';

/** What the operations of every resource are built on. */
export interface Context {
  readonly storage: Storage;
  readonly directory: Directory;
  readonly dispatch: Intake;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxPayloadChars: number;
  /** Held for an edit. By application id for an application and its endpoints, else by the row's name. */
  readonly editMutex: KeyedMutex;
}
