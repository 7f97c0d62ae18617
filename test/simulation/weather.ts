import type { Dice } from './dice.ts';
import type { Spell } from './plan.ts';
import type { QueueTurn } from './sim-queue.ts';
import type { StorageTurn } from './sim-storage.ts';

/** Decides, by the spells of the plan, how each commit, read, hand-off and socket fares. */
export class Weather {
  readonly #spells: readonly Spell[];
  readonly #dice: Dice;
  readonly #nowMs: () => number;

  constructor(spells: readonly Spell[], dice: Dice, nowMs: () => number) {
    this.#spells = spells;
    this.#dice = dice;
    this.#nowMs = nowMs;
  }

  readonly nextCommit = (): StorageTurn => this.#storageTurn(1);
  readonly nextRead = (): StorageTurn => this.#storageTurn(0.5);

  readonly nextPush = (): QueueTurn => {
    const takesMs = this.#dice.scaled(0.5, 50);
    const spell = this.#spell('handoffs');
    if (spell === undefined) return { fate: 'carried', takesMs, againMs: 0 };
    if (this.#dice.chance(spell.failing)) return { fate: 'lost', takesMs, againMs: 0 };
    if (!this.#dice.chance(spell.unanswered)) return { fate: 'carried', takesMs, againMs: 0 };
    return { fate: 'repeated', takesMs, againMs: this.#dice.scaled(0.1, 2_000) };
  };

  readonly isShort = (): boolean => {
    const spell = this.#spell('shortage');
    return spell !== undefined && this.#dice.chance(spell.failing);
  };

  #storageTurn(part: number): StorageTurn {
    const spell = this.#spell('storage');
    if (spell === undefined) return { takesMs: this.#dice.between(0.2, 2) * part, fate: 'done' };
    const takesMs = this.#dice.between(0.2, spell.takesMs) * part;
    if (this.#dice.chance(spell.failing)) return { takesMs, fate: 'failed' };
    return { takesMs, fate: this.#dice.chance(spell.unanswered) ? 'unanswered' : 'done' };
  }

  #spell(kind: Spell['kind']): Spell | undefined {
    const nowMs = this.#nowMs();
    return this.#spells.find(
      (spell) => spell.kind === kind && spell.fromMs <= nowMs && nowMs < spell.toMs,
    );
  }
}
