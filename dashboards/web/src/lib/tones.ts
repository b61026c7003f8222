// What tones of a few mentions say together.

import type { Tones } from './api';

/** Below this, an interval is so wide that the number alone would mislead. */
export const FEW = 30;

export const count = (tones: Tones): number => tones.negative + tones.neutral + tones.positive;

/** Share of positive less share of negative mentions; null without mentions. */
export function net(tones: Tones): number | null {
  const all = count(tones);
  return all === 0 ? null : (tones.positive - tones.negative) / all;
}
