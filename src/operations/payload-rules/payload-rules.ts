import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/clock.ts';
import { type FieldError, invalid } from '../../domain/errors.ts';
import type { PayloadValidation } from '../../domain/organization-settings.ts';
import { NOT_JSON, candidateOf } from '../../domain/route.ts';
import type { Storage } from '../../storage/storage.ts';
import { newestSchema } from '../event-types/newest-schema.ts';
import type { LongWork, WorkOwner } from '../long-work.ts';
import { fieldError } from '../validation.ts';
import { type Difference, type PayloadCheck, loadCompiler } from './compile-schema.ts';
import { TimedCache } from './timed-cache.ts';

/** The parts of a message that validation needs. */
export interface CheckedPayload {
  readonly eventType: string;
  readonly payload: string;
  /** Null: the payload is JSON. */
  readonly contentType: string | null;
}

/** Null: no warnings. */
export type Warnings = readonly FieldError[] | null;

/** A payload that does not match the schema of its event type. */
export interface PayloadMismatch {
  readonly organizationId: string;
  readonly eventType: string;
  readonly action: Exclude<PayloadValidation, 'off'>;
  /** The place of the difference, such as `body.payload.amount`; contains no values. */
  readonly place: string;
}

export interface PayloadRules {
  /**
   * Compares a payload with the newest schema of its event type, if the application's organization validates
   * payloads. Returns warnings for the answer, or throws `validation`. Every payload passes when the event type
   * has no schema or does not exist. Returns synchronously when the caches have everything.
   */
  check(application: WorkOwner, given: CheckedPayload): Warnings | Promise<Warnings>;
  /** Must be called when this process has changed settings or event types. */
  forget(): void;
}

/** About 100 bytes each. */
const KNOWN_ORGANIZATIONS = 10_000;
const KNOWN_EVENT_TYPES = 10_000;
/** Characters of the cached schemas; a compiled schema takes several times as much memory. */
const COMPILED_CHARS = 4 * 1024 * 1024;

export function createPayloadRules({
  storage,
  clock,
  longWork,
  onMismatch,
}: {
  storage: Pick<Storage, 'organizationSettings' | 'eventTypes'>;
  clock: Pick<Clock, 'monotonicMs'>;
  longWork: LongWork;
  onMismatch: (mismatch: PayloadMismatch) => void;
}): PayloadRules {
  /** Keyed by the schema's text, so that it is compiled once, however often it is read. */
  const compiled = new LRUCache<string, PayloadCheck>({
    maxSize: COMPILED_CHARS,
    sizeCalculation: (_, text) => text.length + 1_000,
  });
  const modes = new TimedCache<PayloadValidation>(clock, KNOWN_ORGANIZATIONS, async (id) => {
    return (await storage.organizationSettings.get(id))?.payloadValidation ?? 'off';
  });
  const checks = new TimedCache<PayloadCheck | null>(clock, KNOWN_EVENT_TYPES, async (id, name) => {
    const eventType = await storage.eventTypes.get(id, name);
    const schema = eventType && newestSchema(eventType);
    return schema === null ? null : checkOf(id, schema);
  });

  async function checkOf(organizationId: string, schema: object): Promise<PayloadCheck> {
    const text = JSON.stringify(schema);
    const known = compiled.get(text);
    if (known !== undefined) return known;
    const compile = await loadCompiler();
    const owner = { id: '', organizationId };
    const made = await longWork.run(owner, Infinity, () => compile(schema, text.length));
    compiled.set(text, made);
    return made;
  }

  function judge(
    { organizationId }: WorkOwner,
    given: CheckedPayload,
    action: PayloadMismatch['action'],
    difference: Difference | null,
  ): Warnings {
    if (difference === null) return null;
    const { path, msg } = difference;
    const error = fieldError(`${msg} (schema of ${given.eventType})`, 'body', 'payload', ...path);
    onMismatch({
      organizationId,
      eventType: given.eventType,
      action,
      place: error.loc.join('.').slice(0, 300),
    });
    if (action === 'reject') throw invalid([error]);
    return [error];
  }

  function checkAs(
    action: PayloadMismatch['action'],
    application: WorkOwner,
    given: CheckedPayload,
  ): Warnings | Promise<Warnings> {
    const check = checks.get(application.organizationId, given.eventType);
    const isKnown = !(check instanceof Promise);
    if (check === null) return null;
    if (!isKnown || !longWork.mayBegin(application, Infinity)) {
      return judgeInTurn(application, given, action, check);
    }
    const startedMs = clock.monotonicMs();
    const difference = differenceIn(given, check);
    longWork.ended(application, startedMs);
    return judge(application, given, action, difference);
  }

  async function judgeInTurn(
    application: WorkOwner,
    given: CheckedPayload,
    action: PayloadMismatch['action'],
    check: PayloadCheck | Promise<PayloadCheck | null>,
  ): Promise<Warnings> {
    const known = await check;
    if (known === null) return null;
    const work = () => differenceIn(given, known);
    return judge(application, given, action, await longWork.run(application, Infinity, work));
  }

  return {
    check(application, given) {
      const mode = modes.get(application.organizationId);
      if (mode === 'off') return null;
      if (typeof mode === 'string') return checkAs(mode, application, given);
      return mode.then((found) => (found === 'off' ? null : checkAs(found, application, given)));
    },

    forget() {
      modes.forget();
      checks.forget();
    },
  };
}

function differenceIn(given: CheckedPayload, check: PayloadCheck): Difference | null {
  const payload = candidateOf({ ...given, channels: null }).payload();
  if (payload === NOT_JSON) return { path: [], msg: 'is not JSON' };
  return check(payload, given.payload.length);
}
