// The texts that all pages share, in English; each page has its own beside it. The other languages have the same shape.

import type { BucketWidth, Intent, Tone } from '../lib/api';
import type { WeekStart } from '../lib/preferences.svelte';
import type { PageName } from '../lib/routes';
import type { Dimension, NamedPeriod } from '../lib/view';

export interface Messages {
  skip: string;
  navigation: string;
  pages: Record<PageName, string>;
  noPageTitle: string;
  noPageText: string;
  staleTitle: string;
  staleText: string;
  reload: string;
  searchLabel: string;
  searchPlaceholder: string;
  keys: Record<'title' | 'close' | 'search' | 'list' | 'escape' | 'help', string>;
  periods: Record<NamedPeriod, { short: string; long: string }>;
  custom: string;
  customFrom: string;
  customTo: string;
  apply: string;
  period: string;
  language: string;
  theme: string;
  themes: Record<'auto' | 'light' | 'dark', string>;
  calendar: string;
  timeZone: string;
  weekStart: string;
  weekStarts: Record<WeekStart, string>;
  dimensions: Record<Dimension, { one: string; all: string }>;
  chosen: (n: number) => string;
  search: (what: string) => string;
  filters: string;
  clear: string;
  clearAll: string;
  remove: (what: string) => string;
  noChoice: string;
  tones: Record<Tone, string>;
  intents: Record<Intent, string>;
  unknown: string;
  mentions: string;
  countOfMentions: (n: string, one: boolean) => string;
  stories: (n: string, one: boolean) => string;
  storiesHelp: string;
  changeInterval: (low: string, high: string) => string;
  interval: (low: string, high: string, n: string) => string;
  intervalHelp: string;
  fewMentions: string;
  points: (n: string) => string;
  before: (n: string) => string;
  noPrevious: string;
  withinNoise: string;
  withinNoiseHelp: string;
  overTime: string;
  views: string;
  noViews: string;
  viewName: string;
  shareView: string;
  saveView: string;
  sharedByYou: string;
  sharedBy: (owner: string) => string;
  viewSaved: (name: string) => string;
  accuracy: string;
  accuracyHelp: string;
  languageRight: string;
  toneRight: string;
  gap: string;
  gapHelp: string;
  gapOf: (source: string, reason: string) => string;
  buckets: Record<BucketWidth, string>;
  netSentiment: string;
  netSentimentHelp: string;
  showTable: string;
  showChart: string;
  from: string;
  total: string;
  openBucket: string;
  soFar: string;
  others: (n: string) => string;
  more: string;
  less: string;
  cut: string;
  loadMore: string;
  showAll: (n: string) => string;
  shownOf: (shown: string, total: string) => string;
  nearDuplicates: (n: string, one: boolean) => string;
  byHand: string;
  original: string;
  unknownAuthor: string;
  followers: (n: string) => string;
  rating: (n: string) => string;
  engagement: Record<'likes' | 'replies' | 'shares' | 'views', string>;
  kinds: Record<string, string>;
  updated: (when: string) => string;
  live: string;
  loading: string;
  nothingTitle: string;
  nothingText: string;
  widen: string;
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
  skip: 'Skip to the page',
  navigation: 'Pages',
  pages: {
    overview: 'Overview',
    topics: 'Topics',
    mentions: 'Mentions',
    compare: 'Compare',
    people: 'People and places',
    sql: 'SQL',
    sources: 'Sources and health',
    settings: 'Settings',
  },
  noPageTitle: 'There is no such page',
  noPageText: 'The address leads nowhere. Perhaps it was cut off.',
  staleTitle: 'Hark has been updated',
  staleText: 'This page belongs to an older version. Load it once more.',
  reload: 'Load again',
  searchLabel: 'Search mentions',
  searchPlaceholder: 'Search: battery NEAR/3 dead',
  keys: {
    title: 'Keyboard',
    close: 'Close',
    search: 'Search',
    list: 'Next and previous mention of a list',
    escape: 'Close what is open',
    help: 'These keys',
  },
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
  calendar: 'Calendar',
  timeZone: 'Time zone',
  weekStart: 'A week begins on',
  weekStarts: { monday: 'Monday', saturday: 'Saturday', sunday: 'Sunday' },
  dimensions: {
    brand: { one: 'Brand', all: 'All brands' },
    product: { one: 'Product', all: 'All products' },
    topic: { one: 'Topic', all: 'All topics' },
    sentiment: { one: 'Tone', all: 'All tones' },
    source: { one: 'Source', all: 'All sources' },
    intent: { one: 'Intent', all: 'All intents' },
    lang: { one: 'Language', all: 'All languages' },
    country: { one: 'Country', all: 'All countries' },
    kind: { one: 'Kind', all: 'All kinds' },
    site: { one: 'Site', all: 'All sites' },
    author: { one: 'Author', all: 'All authors' },
  },
  chosen: (n) => `${n} chosen`,
  search: (what) => `Search ${what.toLowerCase()}`,
  filters: 'Filters',
  clear: 'Clear',
  clearAll: 'Clear all',
  remove: (what) => `Remove the filter ${what}`,
  noChoice: 'Nothing in this period',
  intents: {
    complaint: 'Complaint',
    question: 'Question',
    request: 'Request',
    praise: 'Praise',
    churn: 'Leaving',
    other: 'Other',
  },
  unknown: 'Unknown',
  tones: { negative: 'Negative', neutral: 'Neutral', positive: 'Positive' },
  mentions: 'Mentions',
  countOfMentions: (n, one) => (one ? `${n} mention` : `${n} mentions`),
  stories: (n, one) => (one ? `${n} story` : `${n} stories`),
  storiesHelp: 'Mentions that say the same in nearly the same words are one story',
  changeInterval: (low, high) => `95% interval ${low} to ${high}, as if mentions came independently`,
  interval: (low, high, n) => `${low} to ${high}, n\u00a0=\u00a0${n}`,
  intervalHelp: '95% interval (Wilson): the share among everyone who could have spoken lies in here',
  fewMentions: 'few mentions',
  points: (n) => `${n} pp`,
  before: (n) => `${n} previously`,
  noPrevious: 'no earlier period',
  withinNoise: 'within chance',
  withinNoiseHelp: 'The 95% interval of this change includes zero',
  overTime: 'Volume and tone over time',
  views: 'Saved views',
  noViews: 'None yet. A view is this page with its filters.',
  viewName: 'Name of this view',
  shareView: 'Others may use it',
  saveView: 'Save this view',
  sharedByYou: 'shared',
  sharedBy: (owner) => `shared by ${owner}`,
  viewSaved: (name) => `The view ${name} is saved`,
  accuracy: 'How often the labels are right',
  accuracyHelp: 'Measured on labelled texts that the models did not learn from; from the hardest kind of text to the easiest',
  languageRight: 'Language',
  toneRight: 'Tone',
  gap: 'Known gap',
  gapHelp: 'Times in which a source could not collect: what is low there may be missing, not quiet',
  gapOf: (source, reason) => `${source} missed mentions: ${reason}`,
  buckets: { hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' },
  netSentiment: 'Net sentiment',
  netSentimentHelp: 'Share of positive less share of negative mentions',
  showTable: 'Table',
  showChart: 'Chart',
  from: 'From',
  total: 'Total',
  openBucket: 'Show only this',
  soFar: 'so far',
  others: (n) => `Show ${n} more`,
  more: 'More',
  less: 'Less',
  cut: 'The rest is at the original.',
  loadMore: 'Load more',
  showAll: (n) => `Show all ${n}`,
  shownOf: (shown, total) => `${shown} of ${total}`,
  nearDuplicates: (n, one) => (one ? `${n} near-duplicate` : `${n} near-duplicates`),
  byHand: 'corrected by hand',
  original: 'Original',
  unknownAuthor: 'Unknown author',
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
  nothingTitle: 'No mention fits',
  nothingText: 'There are mentions, but none with these filters in this period.',
  widen: 'Show all of time',
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
