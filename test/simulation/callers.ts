import type { Operations } from '../../src/operations/operations.ts';
import type { Dice } from './dice.ts';
import type { EditEntry, Ledger, PublishEntry } from './ledger.ts';
import { endpointIdOf } from './observer.ts';
import type { Edit, EndpointPlan, Step } from './plan.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimDatabase } from './sim-database.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimReceivers } from './sim-receivers.ts';

export interface CallersOptions {
  readonly clock: SimClock;
  readonly dice: Dice;
  readonly ledger: Ledger;
  readonly database: SimDatabase;
  readonly receivers: SimReceivers;
  readonly endpoints: readonly EndpointPlan[];
  /** A running process; null when none runs. */
  readonly process: () => SimProcess | null;
}

/** The people and programs that publish and edit. They repeat each call until they get an answer. */
export class Callers {
  readonly #options: CallersOptions;
  #underWay = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /** The number of calls without an answer yet. */
  get underWay(): number {
    return this.#underWay;
  }

  async publish({ application, eventType }: Step & { kind: 'publish' }): Promise<void> {
    const { clock, ledger, database, endpoints } = this.#options;
    const wantedBy = endpoints
      .filter((endpoint) => endpoint.application === application)
      .filter((endpoint) => endpoint.eventTypes?.includes(eventType) ?? true)
      .map(({ name }) => endpointIdOf(name))
      .filter((id) => database.takesDeliveries(id));
    const entry: PublishEntry = {
      calledMs: clock.nowMs,
      answeredMs: null,
      messageId: null,
      wantedBy,
    };
    const number = ledger.publishes.push(entry);
    const input = { eventType, payload: null };
    // By the key another process recognizes a repeated call.
    const extra = { payloadText: `{"number":${number}}`, idempotencyKey: `key ${number}` };
    const message = await this.#insist(`publish m${number}`, ({ messages }) =>
      messages.create(PRINCIPAL, applicationIdOf(application), input, extra),
    );
    if (message === null) return;
    entry.answeredMs = clock.nowMs;
    entry.messageId = message.id;
  }

  async edit(endpoint: EndpointPlan, edit: Edit): Promise<void> {
    const { clock, dice, ledger, receivers } = this.#options;
    const { name, application } = endpoint;
    const endpointId = endpointIdOf(name);
    const entry: EditEntry = { calledMs: clock.nowMs, answeredMs: null, endpointId, what: edit };
    ledger.edits.push(entry);
    const appId = applicationIdOf(application);
    const patch = {
      disable: { disabled: true },
      enable: { disabled: false },
      limit: { throttleRate: dice.int(1, 20) },
      widen: { throttleRate: null, concurrency: dice.int(1, 8) },
      order: { ordered: dice.chance(0.5) },
      move: { url: `${receivers.urlOf(name)}/moved` },
    };
    await this.#insist(`${edit} ${name}`, async ({ endpoints }) => {
      if (edit === 'delete') await endpoints.delete(PRINCIPAL, appId, endpointId);
      else await endpoints.patch(PRINCIPAL, appId, endpointId, patch[edit]);
      return true;
    });
    entry.answeredMs = clock.nowMs;
    for (const change of ledger.switches) {
      if (change.endpointId !== endpointId || change.by !== 'person') continue;
      change.answeredMs ??= clock.nowMs;
    }
  }

  /** Resends one of the messages that the endpoint got before. */
  async resend({ name, application }: EndpointPlan): Promise<void> {
    const { dice, ledger } = this.#options;
    const endpointId = endpointIdOf(name);
    const sent = ledger.requests.filter((request) => request.endpointId === endpointId);
    if (sent.length === 0) return;
    const { messageId } = dice.pick(sent);
    ledger.resent.add(`${messageId}\n${endpointId}`);
    await this.#insist(`resend ${ledger.nameOf(messageId)} to ${name}`, async ({ attempts }) => {
      await attempts.resend(PRINCIPAL, applicationIdOf(application), messageId, endpointId);
      return true;
    });
  }

  /** Cancels or expunges some of the messages that are owed to the endpoint. */
  async withdraw(
    { name, application }: EndpointPlan,
    { how, count }: Step & { kind: 'withdraw' },
  ): Promise<void> {
    const { clock, dice, ledger, database } = this.#options;
    const appId = applicationIdOf(application);
    const owed = Array.from(database.owedTo(endpointIdOf(name)), ({ messageId }) => messageId);
    const some = owed.slice(dice.int(0, Math.max(0, owed.length - count))).slice(0, count);
    await Promise.all(
      some.map(async (id) => {
        const done = await this.#insist(`${how} ${ledger.nameOf(id)}`, async ({ messages }) => {
          if (how === 'cancel') await messages.cancel(PRINCIPAL, appId, id);
          else await messages.bulkExpunge(PRINCIPAL, appId, { ids: [id] });
          return true;
        });
        if (done && !ledger.withdrawn.has(id)) ledger.withdrawn.set(id, clock.nowMs);
      }),
    );
  }

  /** Repeats the call until it is answered; null when it is refused for good. */
  async #insist<T>(what: string, run: (operations: Operations) => Promise<T>): Promise<T | null> {
    const { clock, dice, ledger, process } = this.#options;
    this.#underWay++;
    try {
      for (;;) {
        const answer = (await process()?.call(run)) ?? { lost: true };
        if ('value' in answer) {
          ledger.note(clock.nowMs, () => `answered ${what}`);
          return answer.value;
        }
        const reason = 'error' in answer ? codeOf(answer.error) : 'nobody answers';
        ledger.note(clock.nowMs, () => `refused  ${what}: ${reason}`);
        if ('error' in answer && !RETRYABLE.has(reason)) return null;
        const waitMs = dice.between(50, 1_000);
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    } finally {
      this.#underWay--;
    }
  }
}

export function applicationIdOf(place: number): string {
  return `app_${place}`;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error);
}

const PRINCIPAL = { organizationId: 'org_1' };
const RETRYABLE = new Set(['storage_unavailable', 'stopping', 'rate_limited']);
