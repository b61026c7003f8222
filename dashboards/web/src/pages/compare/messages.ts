// The texts of the comparison.

import type { Catalogue } from '../../messages';

const en = {
  what: 'What to compare',
  by: { brand: 'Brands', product: 'Products', source: 'Sources', lang: 'Languages', country: 'Countries' } as Record<string, string>,
  choose: 'Choose up to six',
  numbers: 'Side by side',
  numbersHelp: 'Shares with their 95% interval; few mentions, wide interval. Each number opens its mentions',
  name: 'Name',
  mentions: 'Mentions',
  stories: 'Stories',
  share: 'Share',
  change: 'Change',
  negative: 'Negative',
  positive: 'Positive',
  negativeChange: 'Negative, change',
  overTime: 'Over time',
  topics: 'Topics',
  topicsHelp: 'How much is said about each topic, and how',
  sources: 'Sources',
  sourcesHelp: 'Where it is said',
  none: 'There is nothing to compare: no mention names one.',
  uncertain: 'within chance',
  periods: 'The period before',
  periodsHelp: 'The change is against the equally long period before',
};

const nl: typeof en = {
  what: 'Wat te vergelijken',
  by: { brand: 'Merken', product: 'Producten', source: 'Bronnen', lang: 'Talen', country: 'Landen' },
  choose: 'Kies er ten hoogste zes',
  numbers: 'Naast elkaar',
  numbersHelp: 'Aandelen met hun 95%-interval; weinig vermeldingen, breed interval. Elk getal opent zijn vermeldingen',
  name: 'Naam',
  mentions: 'Vermeldingen',
  stories: 'Verhalen',
  share: 'Aandeel',
  change: 'Verandering',
  negative: 'Negatief',
  positive: 'Positief',
  negativeChange: 'Negatief, verandering',
  overTime: 'Door de tijd',
  topics: 'Onderwerpen',
  topicsHelp: 'Hoeveel er over elk onderwerp wordt gezegd, en hoe',
  sources: 'Bronnen',
  sourcesHelp: 'Waar het wordt gezegd',
  none: 'Er is niets te vergelijken: geen vermelding noemt er een.',
  uncertain: 'kan toeval zijn',
  periods: 'De periode ervoor',
  periodsHelp: 'De verandering is ten opzichte van de even lange periode ervoor',
};

export const messages: Catalogue<typeof en> = { en, nl };
