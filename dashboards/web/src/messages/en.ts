// All texts of the page, in English. The other languages have the same shape.

import type { BucketWidth, Tone } from '../lib/api';
import type { Dimension, NamedPeriod } from '../lib/view';

export interface Messages {
  skip: string;
  tagline: string;
  periods: Record<NamedPeriod, { short: string; long: string }>;
  custom: string;
  customFrom: string;
  customTo: string;
  apply: string;
  period: string;
  language: string;
  theme: string;
  themes: Record<'auto' | 'light' | 'dark', string>;
  dimensions: Record<Dimension, { one: string; all: string }>;
  chosen: (n: number) => string;
  search: (what: string) => string;
  filters: string;
  clear: string;
  clearAll: string;
  remove: (what: string) => string;
  noChoice: string;
  tones: Record<Tone, string>;
  mentions: string;
  countOfMentions: (n: string, one: boolean) => string;
  sourcesActive: string;
  authors: (n: string, one: boolean) => string;
  interval: (low: string, high: string, n: string) => string;
  intervalHelp: string;
  fewMentions: string;
  points: (n: string) => string;
  before: (n: string) => string;
  noPrevious: string;
  withinNoise: string;
  withinNoiseHelp: string;
  overTime: string;
  buckets: Record<BucketWidth, string>;
  netSentiment: string;
  netSentimentHelp: string;
  showTable: string;
  showChart: string;
  from: string;
  total: string;
  openBucket: string;
  soFar: string;
  topics: string;
  topicsHelp: string;
  sources: string;
  languages: string;
  others: (n: string) => string;
  newest: string;
  more: string;
  less: string;
  cut: string;
  loadMore: string;
  shownOf: (shown: string, total: string) => string;
  original: string;
  unknownAuthor: string;
  unknownLanguage: string;
  followers: (n: string) => string;
  rating: (n: string) => string;
  engagement: Record<'likes' | 'replies' | 'shares' | 'views', string>;
  kinds: Record<string, string>;
  updated: (when: string) => string;
  live: string;
  loading: string;
  emptyTitle: string;
  emptyText: string;
  emptyImport: string;
  emptyDemo: string;
  emptyAuto: string;
  nothingTitle: string;
  nothingText: string;
  widen: string;
  noTopics: string;
  awayTitle: string;
  awayText: string;
  unreachableTitle: string;
  unreachableText: string;
  failedTitle: string;
  badTitle: string;
  retry: string;
  startOver: string;
  stale: string;
  announce: (n: string) => string;
}

export const en: Messages = {
  skip: 'Skip to the numbers',
  tagline: 'What customers say',
  periods: {
    '24h': { short: '24 h', long: 'the last 24 hours' },
    '7d': { short: '7 d', long: 'the last 7 days' },
    '30d': { short: '30 d', long: 'the last 30 days' },
    '90d': { short: '90 d', long: 'the last 90 days' },
    all: { short: 'All', long: 'all of time' },
  },
  custom: 'Custom',
  customFrom: 'From',
  customTo: 'Up to and including',
  apply: 'Apply',
  period: 'Period',
  language: 'Language of the page',
  theme: 'Theme',
  themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
  dimensions: {
    brand: { one: 'Brand', all: 'All brands' },
    product: { one: 'Product', all: 'All products' },
    topic: { one: 'Topic', all: 'All topics' },
    sentiment: { one: 'Tone', all: 'All tones' },
    source: { one: 'Source', all: 'All sources' },
    lang: { one: 'Language', all: 'All languages' },
  },
  chosen: (n) => `${n} chosen`,
  search: (what) => `Search ${what.toLowerCase()}`,
  filters: 'Filters',
  clear: 'Clear',
  clearAll: 'Clear all',
  remove: (what) => `Remove the filter ${what}`,
  noChoice: 'Nothing in this period',
  tones: { negative: 'Negative', neutral: 'Neutral', positive: 'Positive' },
  mentions: 'Mentions',
  countOfMentions: (n, one) => (one ? `${n} mention` : `${n} mentions`),
  sourcesActive: 'Active sources',
  authors: (n, one) => (one ? `${n} author` : `${n} authors`),
  interval: (low, high, n) => `${low} to ${high}, n\u00a0=\u00a0${n}`,
  intervalHelp: '95% interval (Wilson): the share among everyone who could have spoken lies in here',
  fewMentions: 'few mentions',
  points: (n) => `${n} pp`,
  before: (n) => `${n} previously`,
  noPrevious: 'no earlier period',
  withinNoise: 'within chance',
  withinNoiseHelp: 'The 95% interval of this change includes zero',
  overTime: 'Volume and tone over time',
  buckets: { hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' },
  netSentiment: 'Net sentiment',
  netSentimentHelp: 'Share of positive less share of negative mentions',
  showTable: 'Table',
  showChart: 'Chart',
  from: 'From',
  total: 'Total',
  openBucket: 'Show only this',
  soFar: 'so far',
  topics: 'Topics',
  topicsHelp: 'Negative to the left, positive to the right',
  sources: 'Sources',
  languages: 'Languages',
  others: (n) => `Show ${n} more`,
  newest: 'Newest mentions',
  more: 'More',
  less: 'Less',
  cut: 'The rest is at the original.',
  loadMore: 'Load more',
  shownOf: (shown, total) => `${shown} of ${total}`,
  original: 'Original',
  unknownAuthor: 'Unknown author',
  unknownLanguage: 'Unknown',
  followers: (n) => `${n} followers`,
  rating: (n) => `Rated ${n} of 5`,
  engagement: { likes: 'Likes', replies: 'Replies', shares: 'Shares', views: 'Views' },
  kinds: {
    post: 'post',
    comment: 'comment',
    review: 'review',
    article: 'article',
    question: 'question',
    answer: 'answer',
    issue: 'issue',
    survey: 'survey',
  },
  updated: (when) => `Updated ${when}`,
  live: 'Live',
  loading: 'Loading',
  emptyTitle: 'Nothing heard yet',
  emptyText: 'As soon as the first mention is stored, the numbers appear here by themselves.',
  emptyImport: 'Bring in what you already have: CSV, JSON or JSON Lines.',
  emptyDemo: 'Or look around with the sample that comes with Hark.',
  emptyAuto: 'This page looks again every few seconds.',
  nothingTitle: 'No mention fits',
  nothingText: 'There are mentions, but none with these filters in this period.',
  widen: 'Show all of time',
  noTopics: 'No topic was recognised in these mentions.',
  awayTitle: 'The database is away',
  awayText: 'Nothing is lost: mentions wait in Kafka until it is back. This page tries again by itself.',
  unreachableTitle: 'Hark does not answer',
  unreachableText: 'The program that serves this page was stopped, or the connection is down. Trying again.',
  failedTitle: 'That did not work',
  badTitle: 'This address cannot be shown',
  retry: 'Try again',
  startOver: 'Start over',
  stale: 'These are the last known numbers.',
  announce: (n) => `${n} mentions shown`,
};
