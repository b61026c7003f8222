// What is listened for, the changes that are not saved yet, and the labelling of what is stored.

import { errorText, send } from '../../lib/send';

export const KINDS = ['brand', 'product', 'topic'] as const;
export type Kind = (typeof KINDS)[number];

export interface Rule {
  name: string;
  query: string;
  /** Of products only. */
  brand?: string;
  /** Of brands only. */
  competitors?: string[];
}
export interface Rules {
  brands: Rule[];
  products: Rule[];
  topics: Rule[];
}
export interface Edition {
  edition: number;
  at: string;
  by: string;
  note: string;
  /** `null`: those of hark.toml. */
  rules: Rules | null;
}
export interface Relabelling {
  running: boolean;
  older: number;
  done: number;
  total: number;
  per_second: number;
  seconds_left: number;
  failure: string | null;
}
type State = 'added' | 'changed' | 'kept';

/** Time between two looks at how far a labelling is. */
const LOOK_MS = 1000;

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const listOf = (rules: Rules, kind: Kind): Rule[] => rules[`${kind}s`];
const copyOf = ({ brands, products, topics }: Rules): Rules => structuredClone({ brands, products, topics });

export class RuleBook {
  saved = $state.raw<(Rules & { edition: number; changeable: boolean }) | null>(null);
  draft = $state.raw<Rules>({ brands: [], products: [], topics: [] });
  editions = $state.raw<Edition[]>([]);
  relabelling = $state.raw<Relabelling | null>(null);
  error = $state('');
  busy = $state(false);

  changes = $derived.by(() => {
    const saved = this.saved;
    if (!saved) return 0;
    const of = (kind: Kind) => {
      const [before, after] = [listOf(saved, kind), listOf(this.draft, kind)];
      const gone = before.filter((rule) => !after.some((other) => other.name === rule.name)).length;
      return gone + after.filter((rule) => this.state(kind, rule) !== 'kept').length;
    };
    return KINDS.reduce((sum, kind) => sum + of(kind), 0);
  });

  state(kind: Kind, rule: Rule): State {
    const before = this.saved && listOf(this.saved, kind).find((other) => other.name === rule.name);
    return !before ? 'added' : same(before, rule) ? 'kept' : 'changed';
  }

  rules(kind: Kind): Rule[] {
    return listOf(this.draft, kind);
  }

  async load(): Promise<void> {
    await this.attempt(async () => {
      this.saved = await send('GET', 'rules');
      if (this.saved) this.draft = copyOf(this.saved);
      if (!this.saved?.changeable) return;
      const [{ editions }, relabelling] = await Promise.all([
        send<{ editions: Edition[] }>('GET', 'rules/editions'),
        send<Relabelling>('GET', 'relabel'),
      ]);
      [this.editions, this.relabelling] = [editions, relabelling];
    });
  }

  /** Takes a rule into the draft, in the place of `old` if there is one. Whatever names an old brand then names the new. */
  put(kind: Kind, old: string | null, rule: Rule): void {
    const draft = copyOf(this.draft);
    const list = listOf(draft, kind);
    const at = list.findIndex((other) => other.name === (old ?? rule.name));
    list.splice(at < 0 ? list.length : at, at < 0 ? 0 : 1, rule);
    if (kind === 'brand' && old !== null && old !== rule.name) {
      for (const product of draft.products) if (product.brand === old) product.brand = rule.name;
      for (const brand of draft.brands) brand.competitors = brand.competitors?.map((name) => (name === old ? rule.name : name)) ?? [];
    }
    this.draft = draft;
  }

  remove(kind: Kind, name: string): void {
    const draft = copyOf(this.draft);
    draft[`${kind}s`] = listOf(draft, kind).filter((rule) => rule.name !== name);
    if (kind === 'brand') for (const brand of draft.brands) brand.competitors = brand.competitors?.filter((other) => other !== name) ?? [];
    this.draft = draft;
  }

  discard(): void {
    if (this.saved) this.draft = copyOf(this.saved);
    this.error = '';
  }

  /** Makes `rules` the next edition; `null` are those of hark.toml. Says whether it is in force. */
  async save(rules: Rules | null, note: string): Promise<boolean> {
    const done = await this.attempt(() => send('PUT', 'rules', { edition: this.saved?.edition ?? 0, note, rules }));
    if (done) await this.load();
    return done;
  }

  relabel = (): Promise<boolean> => this.attempt(async () => (this.relabelling = await send('POST', 'relabel')));
  stop = (): Promise<boolean> => this.attempt(async () => (this.relabelling = await send('DELETE', 'relabel')));

  /** Looks now and then, for as long as stored mentions are being labelled. For an effect: gives what ends it. */
  watch(): (() => void) | undefined {
    if (!this.relabelling?.running) return undefined;
    const timer = setTimeout(() => void this.attempt(async () => (this.relabelling = await send('GET', 'relabel'))), LOOK_MS);
    return () => clearTimeout(timer);
  }

  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    try {
      await work();
      this.error = '';
      return true;
    } catch (failed) {
      this.error = errorText(failed);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
