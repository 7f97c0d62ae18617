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

/** Whether requests may go to an IP address. The delivery's address guard is one. */
export interface AddressRule {
  allows(address: string): boolean;
}

/** What the operations of every resource are built on. */
export interface Context {
  readonly storage: Storage;
  readonly endpointCache: EndpointCache;
  readonly dispatch: Intake;
  readonly transform: Transform;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly addressGuard: AddressRule;
  /** Null: there is no secret to sign tokens with. */
  readonly tokens: Pick<Tokens, 'issue'> | null;
  /** Called after keys or revocations were changed, so that they are read anew. */
  readonly forgetTokens: () => void;
  /** The page of the portal of customers; null: it is not known. */
  readonly portalUrl: string | null;
  /** Of this process, to be shown. */
  readonly settingsInForce: readonly SettingInForce[];
  /** Refuse http URLs of endpoints. */
  readonly endpointHttpsOnly: boolean;
  /** Of the secrets that are made for new endpoints. */
  readonly signatureType: 'hmac256' | 'ed25519';
  readonly maxPayloadChars: number;
  readonly announcements: Announcements;
  /** Called with each message that was accepted, for the statistics. */
  readonly countAccepted: (message: Message) => void;
  readonly payloadRules: PayloadRules;
  readonly longWork: LongWork;
  /** Makes the entry of the audit that is stored with a change. */
  readonly audit: Audit;
  /** How long entries of the audit are kept; null: for ever. */
  readonly auditKeptMs: number | null;
  /** Of organizations that have no times of their own. */
  readonly retention: RetentionTimes;
  /** Called when a task was created, so that it is run at once if it can be here. */
  readonly wakeTasks: () => void;
  /** Tells within this process: `asked ID` of a listener, and `answered`. */
  readonly listenerNotes: EventEmitter;
  /** Held during an edit. The key is the application's id, also for its endpoints, or the event type's name. */
  readonly editMutex: KeyedMutex;
}
