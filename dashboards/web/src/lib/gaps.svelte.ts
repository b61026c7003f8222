// Times of which it is known that a source has missed something: charts draw them as gaps, not as silence.

import { send } from './send';

const REFRESH_MS = 60_000;

export interface KnownGap {
  source: string;
  /** The source's type, which its mentions carry. */
  kind: string;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  reason: string;
}

interface Answer {
  sources: { name: string; kind: string; gaps: { from: string; to: string; reason: string }[] }[];
}

class Gaps {
  private all = $state.raw<KnownGap[]>([]);

  /** Keeps them current until the returned function is called; call it in an effect. */
  follow(): () => void {
    const look = () =>
      send<Answer>('GET', 'pipeline/sources').then(
        ({ sources }) => {
          this.all = sources.flatMap(({ name, kind, gaps }) =>
            gaps.map(({ from, to, reason }) => ({ source: name, kind, from: Date.parse(from), to: Date.parse(to), reason })),
          );
        },
        // Dashboards without a pipeline know of none.
        () => {},
      );
    void look();
    const timer = setInterval(() => void look(), REFRESH_MS);
    return () => clearInterval(timer);
  }

  /** Those that touch a time; with `kinds`, only of sources of these types. */
  within(from: number, to: number, kinds: readonly string[]): KnownGap[] {
    return this.all.filter((gap) => gap.from < to && gap.to > from && (kinds.length === 0 || kinds.includes(gap.kind)));
  }
}

export const gaps = new Gaps();
