import type { EventEmitter } from 'node:events';
import type { Clock } from '../domain/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { Message } from '../domain/message.ts';
import type { RetentionTimes } from '../domain/retention-times.ts';
import type { SettingInForce } from '../domain/setting-in-force.ts';
import type { Intake } from '../delivery/delivery.ts';
import type { Transform } from '../domain/transformation.ts';
import type { EndpointCache, Storage } from '../storage/storage.ts';
import type { Audit } from './audit/new-audit.ts';
import type { Tokens } from './tokens.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { LongWork } from './long-work.ts';
import type { PayloadRules } from './payload-rules/payload-rules.ts';
import type { Announcements } from './operational-webhooks/announcements.ts';

/** Decides whether requests may go to an IP address, like the engine's address guard. */
export interface AddressRule {
  allows(address: string): boolean;
}

/** The dependencies that the operations of all resources share. */
export interface Context {
  readonly storage: Storage;
  readonly endpointCache: EndpointCache;
  readonly intake: Intake;
  readonly transform: Transform;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly addressGuard: AddressRule;
  /** Null: no `jwtSecret` is set, so tokens can't be issued. */
  readonly tokens: Pick<Tokens, 'issue'> | null;
  /** Must be called after a change of keys or revocations, so that they are read again. */
  readonly forgetTokens: () => void;
  /** URL of the customers' portal; null: not configured. */
  readonly portalUrl: string | null;
  /** Settings of this process, to be shown. */
  readonly settingsInForce: readonly SettingInForce[];
  /** Refuse http URLs of endpoints. */
  readonly endpointHttpsOnly: boolean;
  /** The kind of the secrets that are generated for new endpoints. */
  readonly signatureType: 'hmac256' | 'ed25519';
  readonly maxPayloadChars: number;
  readonly announcements: Announcements;
  /** Must be called with each accepted message, for the statistics. */
  readonly countAccepted: (message: Message) => void;
  readonly payloadRules: PayloadRules;
  readonly longWork: LongWork;
  /** Makes the audit entry that is stored with a change. */
  readonly audit: Audit;
  /** How long entries of the audit are kept; null: for ever. */
  readonly auditKeptMs: number | null;
  /** The retention of organizations that have none of their own. */
  readonly retention: RetentionTimes;
  /** Must be called when a task was created, so that this process runs it at once if it can. */
  readonly wakeTasks: () => void;
  /** Events within this process: `asked ID` (a request for the listener), and `answered`. */
  readonly listenerNotes: EventEmitter;
  /** Held during an edit. The key is the application's id (also for edits of its endpoints) or the event type's name. */
  readonly editMutex: KeyedMutex;
}
