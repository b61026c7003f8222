// How the types of source are shown: a name, and a badge of two letters. No logos: those belong to their owners.

interface Source {
  name: string;
  badge: string;
  hue: number;
}

const KNOWN: Record<string, Source> = {
  app_store: { name: 'App Store', badge: 'As', hue: 210 },
  appstore: { name: 'App Store', badge: 'As', hue: 210 },
  bluesky: { name: 'Bluesky', badge: 'Bs', hue: 215 },
  discourse: { name: 'Discourse', badge: 'Di', hue: 45 },
  github: { name: 'GitHub', badge: 'Gh', hue: 265 },
  gdelt: { name: 'GDELT', badge: 'Gd', hue: 20 },
  googleplay: { name: 'Google Play', badge: 'Gp', hue: 150 },
  google_play: { name: 'Google Play', badge: 'Gp', hue: 150 },
  hacker_news: { name: 'Hacker News', badge: 'Hn', hue: 25 },
  hackernews: { name: 'Hacker News', badge: 'Hn', hue: 25 },
  import: { name: 'Import', badge: 'Im', hue: 190 },
  lemmy: { name: 'Lemmy', badge: 'Le', hue: 140 },
  mastodon: { name: 'Mastodon', badge: 'Ma', hue: 250 },
  reddit: { name: 'Reddit', badge: 'Re', hue: 15 },
  rss: { name: 'RSS', badge: 'Rs', hue: 35 },
  stackexchange: { name: 'Stack Exchange', badge: 'Se', hue: 200 },
  stack_exchange: { name: 'Stack Exchange', badge: 'Se', hue: 200 },
  telegram: { name: 'Telegram', badge: 'Tg', hue: 205 },
  trustpilot: { name: 'Trustpilot', badge: 'Tp', hue: 160 },
  wikipedia: { name: 'Wikipedia', badge: 'Wp', hue: 230 },
  youtube: { name: 'YouTube', badge: 'Yt', hue: 0 },
};

/** The name and badge of a type of source; one that is not known here gets both from its own name. */
export function source(type: string): Source {
  const known = KNOWN[type];
  if (known !== undefined) return known;
  const words = type.split(/[_\-\s]+/).filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
  const hue = [...type].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);
  return { name, badge: [...name].slice(0, 2).join(''), hue };
}
