// The pages: where each stands, and what loads it. Each is a chunk of its own.

import type { Component } from 'svelte';
import type { IconName } from '../components/Icon.svelte';

interface Page {
  path: string;
  /** Pressed after `g`. */
  key: string;
  icon: IconName;
  /** Whether the filter bar belongs to it. */
  filtered: boolean;
  load: () => Promise<{ default: Component }>;
}

export const PAGES = {
  overview: { path: '/', key: 'o', icon: 'overview', filtered: true, load: () => import('../pages/overview/OverviewPage.svelte') },
  topics: { path: '/topics', key: 't', icon: 'topics', filtered: true, load: () => import('../pages/topics/TopicsPage.svelte') },
  mentions: { path: '/mentions', key: 'm', icon: 'mentions', filtered: true, load: () => import('../pages/mentions/MentionsPage.svelte') },
  compare: { path: '/compare', key: 'c', icon: 'compare', filtered: true, load: () => import('../pages/compare/ComparePage.svelte') },
  people: { path: '/people', key: 'p', icon: 'people', filtered: true, load: () => import('../pages/people/PeoplePage.svelte') },
  sql: { path: '/sql', key: 'q', icon: 'sql', filtered: false, load: () => import('../pages/sql/SqlPage.svelte') },
  sources: { path: '/sources', key: 's', icon: 'sources', filtered: false, load: () => import('../pages/sources/SourcesPage.svelte') },
  settings: { path: '/settings', key: 'e', icon: 'settings', filtered: false, load: () => import('../pages/settings/SettingsPage.svelte') },
} satisfies Record<string, Page>;

export type PageName = keyof typeof PAGES;
export const PAGE_NAMES = Object.keys(PAGES) as PageName[];

export const page = (name: PageName): Page => PAGES[name];

/** The page at a path; null when there is none. */
export function pageAt(path: string): PageName | null {
  const plain = path === '/' ? path : path.replace(/\/+$/, '');
  return PAGE_NAMES.find((name) => PAGES[name].path === plain) ?? null;
}
