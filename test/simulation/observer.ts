import type { ExchangeResult } from '../../src/delivery/http-client/http-client.ts';
import { type HeldAtRequest, type Ledger, type RequestEntry, instantText } from './ledger.ts';
import type { SimClock } from './sim-clock.ts';
import type { DatabaseWatch, SimDatabase } from './sim-database.ts';
import type { SimProcess } from './sim-process.ts';
import type { SeeRequest } from './sim-receivers.ts';

/** Writes the events of receivers and storage into the ledger, each with the state of both at that moment. */
export class Observer {
  readonly #ledger: Ledger;
  readonly #clock: SimClock;
  readonly #database: SimDatabase;
  readonly #byDelivery = new Map<string, RequestEntry[]>();
  /** The requests in flight of each process that has not ended. */
  readonly #inFlight = new Map<SimProcess, InFlight>();
  readonly #isAlive: (owner: number) => boolean;

  /** `isAlive`: whether the requests in flight of a process count. */
  constructor(
    ledger: Ledger,
    clock: SimClock,
    database: SimDatabase,
    isAlive: (owner: number) => boolean,
  ) {
    this.#isAlive = isAlive;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#database = database;
    database.watch = this.#watch();
  }

  /** A new process begins, with nothing in flight. */
  began(process: SimProcess): void {
    this.#inFlight.set(process, { all: 0, byEndpoint: new Map() });
  }

  /** A process has ended, and its requests in flight with it. */
  ended(process: SimProcess): void {
    this.#inFlight.delete(process);
  }

  readonly seeRequest = (
    process: SimProcess,
    { receiver, messageId }: Parameters<SeeRequest>[0],
  ): ReturnType<SeeRequest> => {
    const own = this.#inFlight.get(process);
    if (own === undefined) throw new Error('a request of a process that has ended');
    const endpointId = endpointIdOf(receiver);
    const lane = own.byEndpoint.get(endpointId) ?? 0;
    const entry: RequestEntry = {
      atMs: this.#clock.nowMs,
      process: process.number,
      owner: process.storage.owner,
      endpointId,
      messageId,
      held: this.#heldNow(messageId, endpointId, process),
      inFlight: { endpoint: this.#toEndpoint(endpointId), lane, process: own.all },
      endedMs: null,
      endedScheduleAt: 0,
      result: null,
      record: null,
    };
    this.#ledger.requests.push(entry);
    this.#requestsOf(messageId, endpointId).push(entry);
    own.byEndpoint.set(endpointId, lane + 1);
    own.all++;
    this.#note(() => `request  ${this.#label(entry)} by process ${entry.process}`);
    return (result) => this.#seeResult(entry, process, result);
  };

  #seeResult(entry: RequestEntry, process: SimProcess, result: ExchangeResult): void {
    entry.endedMs = this.#clock.nowMs;
    entry.endedScheduleAt = process.clock.scheduleNow();
    entry.result = result;
    const own = this.#inFlight.get(process);
    if (own !== undefined) {
      own.byEndpoint.set(entry.endpointId, (own.byEndpoint.get(entry.endpointId) ?? 1) - 1);
      own.all--;
    }
    this.#note(() => {
      const after = result.retryAfter === null ? '' : `, Retry-After: ${result.retryAfter}`;
      return `result   ${this.#label(entry)}: ${result.statusCode ?? result.failure}${after}`;
    });
  }

  #toEndpoint(endpointId: string): number {
    let count = 0;
    for (const [{ storage }, { byEndpoint }] of this.#inFlight) {
      if (this.#isAlive(storage.owner)) count += byEndpoint.get(endpointId) ?? 0;
    }
    return count;
  }

  #heldNow(messageId: string, endpointId: string, process: SimProcess): HeldAtRequest {
    const delivery = this.#database.delivery(messageId, endpointId);
    const endpoint = this.#database.endpoints.get(endpointId)?.value;
    let earlierOwed: string | null = null;
    if (endpoint?.ordered) {
      for (const other of this.#database.owedTo(endpointId)) {
        if (other.sequence < (delivery?.sequence ?? 0)) earlierOwed = other.messageId;
      }
    }
    return {
      state: delivery?.state ?? 'none',
      claimed:
        delivery?.claimOwner === process.storage.owner &&
        (delivery.dueAt ?? 0) > process.clock.scheduleNow(),
      ordered: endpoint?.ordered ?? false,
      earlierOwed,
      concurrency: endpoint?.concurrency ?? null,
      rateLimit: endpoint?.rateLimit ?? null,
    };
  }

  #watch(): DatabaseWatch {
    const ledger = this.#ledger;
    return {
      accepted: ({ message, deliveries }) => {
        ledger.name(message.id, `m${message.payload.slice('{"number":'.length, -1)}`);
        const owed = [...deliveries.keys()];
        this.#note(() => {
          const to = owed.map((id) => ledger.nameOf(id)).join(', ');
          return `stored   ${ledger.nameOf(message.id)} for ${to || 'nobody'}`;
        });
      },

      recorded: ({ attempt, claim, next }, what) => {
        const record = { atMs: this.#clock.nowMs, attempt, next, ...what };
        // A process records results in the order in which they came.
        const [request] = this.#requestsOf(attempt.messageId, attempt.endpointId)
          .filter((r) => r.owner === claim.owner && r.record === null && r.result !== null)
          .toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0));
        if (request) request.record = record;
        this.#note(() => {
          const due = next.state === 'pending' ? ` until ${instantText(next.dueAt)}` : '';
          const late = what.applied ? '' : ', too late to count';
          return `stored   ${this.#label(attempt)}: ${next.state}${due}${late}`;
        });
      },

      switched: (endpointId, to, by) => {
        ledger.switches.push({ atMs: this.#clock.nowMs, endpointId, to, by, answeredMs: null });
        this.#note(() => `stored   ${ledger.nameOf(endpointId)} is ${to}, by the ${by}`);
      },
    };
  }

  #requestsOf(messageId: string, endpointId: string): RequestEntry[] {
    const key = `${messageId}\n${endpointId}`;
    let requests = this.#byDelivery.get(key);
    if (requests === undefined) this.#byDelivery.set(key, (requests = []));
    return requests;
  }

  #label({ messageId, endpointId }: { messageId: string; endpointId: string }): string {
    return `${this.#ledger.nameOf(messageId)} to ${this.#ledger.nameOf(endpointId)}`;
  }

  #note(text: () => string): void {
    this.#ledger.note(this.#clock.nowMs, text);
  }
}

interface InFlight {
  all: number;
  readonly byEndpoint: Map<string, number>;
}

export function endpointIdOf(name: string): string {
  return `ep_${name}`;
}
