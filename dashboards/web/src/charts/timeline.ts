// The look of the timeline: bars by tone, stacked, and the net sentiment as a line.

import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, MarkAreaComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { Point, Timeline, Tone } from '../lib/api';
import type { Formats } from '../lib/format';
import type { KnownGap } from '../lib/gaps.svelte';
import type { Messages } from '../messages/en';
import { tip, type TipRow } from './tip';

type Option = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | MarkAreaComponentOption | TooltipComponentOption>;

/** From the bottom of a bar to its top. */
const STACK: readonly Tone[] = ['negative', 'neutral', 'positive'];

export const mentionsOf = (point: Point): number => point.negative + point.neutral + point.positive;

/** Share of positive less share of negative mentions; null without mentions. */
export function netSentiment(point: Point): number | null {
  const mentions = mentionsOf(point);
  return mentions === 0 ? null : (point.positive - point.negative) / mentions;
}

/** Whether the last bucket reaches up to the present, so that more may still come into it. */
export function stillFilling({ range, buckets }: Timeline, now: number): boolean {
  return buckets.length > 1 && now - Date.parse(range.to) < 120_000;
}

/** Reads the colours of the theme in force; `more` names those that only some charts use. */
export function themeColors(element: Element, more: readonly string[] = []): (name: string) => string {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const cache = new Map<string, string>();
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  for (const name of ['text', 'text-soft', 'text-faint', 'line', 'raised', 'surface', 'accent', 'hover', ...STACK, ...more]) {
    cache.set(name, read(name));
  }
  probe.remove();
  return (name) => cache.get(name) ?? 'currentColor';
}

/** The gaps that touch a bucket. */
export const gapsIn = (point: Point, gaps: readonly KnownGap[]): KnownGap[] =>
  gaps.filter((gap) => gap.from < Date.parse(point.to) && gap.to > Date.parse(point.from));

/** Runs of buckets that gaps touch, from the first to the last index of each. */
export function gapSpans(buckets: readonly Point[], gaps: readonly KnownGap[]): [number, number][] {
  const spans: [number, number][] = [];
  buckets.forEach((point, at) => {
    if (gapsIn(point, gaps).length === 0) return;
    const last = spans.at(-1);
    if (last && last[1] === at - 1) last[1] = at;
    else spans.push([at, at]);
  });
  return spans;
}

/** Hatching, which is seen without colours too. */
function hatched(color: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 8;
  const context = canvas.getContext('2d');
  if (context) {
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.beginPath();
    for (const shift of [-8, 0, 8]) {
      context.moveTo(shift, 8);
      context.lineTo(shift + 8, 0);
    }
    context.stroke();
  }
  return canvas;
}

/** Everything that ECharts needs to draw a timeline. */
export function timelineOption(
  timeline: Timeline,
  t: Messages,
  format: Formats,
  color: (name: string) => string,
  animate: boolean,
  /** False when the mentions are of one tone only: their net sentiment says nothing. */
  withNet: boolean,
  gaps: readonly KnownGap[],
): Option {
  const { buckets, bucket } = timeline;
  const filling = stillFilling(timeline, Date.now());
  const label = { color: color('text-faint'), fontSize: 12, fontFamily: 'Roboto, system-ui, sans-serif' };
  const bars = STACK.map((tone): BarSeriesOption => ({
    type: 'bar',
    name: t.tones[tone],
    stack: 'mentions',
    data: buckets.map((point, at) =>
      filling && at === buckets.length - 1 ? { value: point[tone], itemStyle: { opacity: 0.6 } } : point[tone],
    ),
    color: color(tone),
    barMaxWidth: 44,
    barCategoryGap: buckets.length > 60 ? '12%' : '26%',
    cursor: 'pointer',
    emphasis: { disabled: true },
  }));
  const [base] = bars;
  if (base) {
    base.markArea = {
      silent: true,
      animation: false,
      itemStyle: { color: { image: hatched(color('text-faint')), repeat: 'repeat' }, opacity: 0.6 },
      data: gapSpans(buckets, gaps).map(([first, last]) => [{ xAxis: first }, { xAxis: last }]),
    };
  }
  return {
    animation: animate,
    animationDuration: 350,
    animationDurationUpdate: 350,
    grid: { left: 4, right: 4, top: 14, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: color('hover'), opacity: 0.75 }, z: 0 },
      backgroundColor: color('raised'),
      borderColor: color('line'),
      padding: 0,
      confine: true,
      transitionDuration: 0,
      formatter: (hovered) => {
        const first = Array.isArray(hovered) ? hovered[0] : hovered;
        const point = buckets[first?.dataIndex ?? -1];
        return point === undefined ? '' : tooltip(point, timeline, filling && point === buckets.at(-1), gaps, t, format);
      },
    },
    xAxis: {
      type: 'category',
      data: buckets.map((point) => format.bucket(new Date(point.from), bucket)),
      axisLine: { lineStyle: { color: color('line') } },
      axisTick: { show: false },
      axisLabel: { ...label, hideOverlap: true, margin: 10 },
    },
    yAxis: [
      {
        type: 'value',
        minInterval: 1,
        splitNumber: 4,
        axisLabel: { ...label, formatter: (value: number) => format.compact(value) },
        splitLine: { lineStyle: { color: color('line') } },
      },
      {
        type: 'value',
        min: -1,
        max: 1,
        interval: 1,
        axisLabel: { ...label, show: withNet, formatter: (value: number) => format.signedShare(value) },
        splitLine: { show: false },
      },
    ],
    series: [
      ...bars,
      {
        type: 'line',
        name: t.netSentiment,
        yAxisIndex: 1,
        data: withNet ? buckets.map(netSentiment) : [],
        color: color('text'),
        lineStyle: { width: buckets.length > 60 ? 1.5 : 2, color: color('text') },
        symbol: 'circle',
        symbolSize: buckets.length > 40 ? 0 : 6,
        itemStyle: { color: color('surface'), borderColor: color('text'), borderWidth: 2 },
        smooth: 0.2,
        smoothMonotone: 'x',
        connectNulls: false,
        emphasis: { disabled: true },
        z: 5,
      },
    ],
  };
}

function tooltip(
  point: Point,
  timeline: Timeline,
  filling: boolean,
  gaps: readonly KnownGap[],
  t: Messages,
  format: Formats,
): HTMLElement {
  const when = format.bucketLong(new Date(point.from), timeline.bucket);
  const net = netSentiment(point);
  const rows: TipRow[] = STACK.toReversed().map((tone) => [tone, t.tones[tone], format.number(point[tone])]);
  rows.push(['total', t.total, format.number(mentionsOf(point))]);
  if (net !== null) rows.push(['net', t.netSentiment, format.signedShare(net)]);
  const notes = gapsIn(point, gaps).map((gap) => t.gapOf(gap.source, gap.reason));
  return tip(filling ? `${when}, ${t.soFar}` : when, rows, notes);
}
