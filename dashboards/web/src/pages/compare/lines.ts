// The look of several lines over time. They are told apart by colour, and by the form of their points.

import type { LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { SeriesAnswer } from '../../lib/api';
import type { Formats } from '../../lib/format';
import { count } from '../../lib/tones';
import { tip } from '../../charts/tip';

type Option = ComposeOption<LineSeriesOption | GridComponentOption | TooltipComponentOption>;

export const SERIES_COLORS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'] as const;
const FORMS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin'] as const;

export function linesOption(
  answer: SeriesAnswer,
  name: (value: string) => string,
  format: Formats,
  color: (name: string) => string,
  animate: boolean,
): Option {
  const label = { color: color('text-faint'), fontSize: 12, fontFamily: 'Roboto, system-ui, sans-serif' };
  return {
    animation: animate,
    animationDuration: 350,
    grid: { left: 4, right: 8, top: 12, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      trigger: 'axis',
      backgroundColor: color('raised'),
      borderColor: color('line'),
      textStyle: { color: color('text'), fontSize: 13, fontFamily: 'Roboto, system-ui, sans-serif' },
      confine: true,
      transitionDuration: 0,
      formatter: (hovered) => {
        const points = Array.isArray(hovered) ? hovered : [hovered];
        const when = format.bucketLong(new Date(answer.starts[points[0]?.dataIndex ?? 0] ?? 0), answer.bucket);
        return tip(when, points.map(({ seriesName, value }) => ['plain', seriesName ?? '', format.number(Number(value))]));
      },
    },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: answer.starts.map((start) => format.bucket(new Date(start), answer.bucket)),
      axisLine: { lineStyle: { color: color('line') } },
      axisTick: { show: false },
      axisLabel: { ...label, hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 4,
      axisLabel: { ...label, formatter: (value: number) => format.compact(value) },
      splitLine: { lineStyle: { color: color('line') } },
    },
    series: answer.series.map((series, at): LineSeriesOption => ({
      type: 'line',
      name: name(series.name),
      data: series.points.map(count),
      color: color(SERIES_COLORS[at % SERIES_COLORS.length] ?? 'accent'),
      lineStyle: { width: 2 },
      symbol: FORMS[at % FORMS.length] ?? 'circle',
      symbolSize: answer.starts.length > 60 ? 4 : 7,
      showSymbol: true,
      triggerLineEvent: false,
      emphasis: { focus: 'series' },
    })),
  };
}
