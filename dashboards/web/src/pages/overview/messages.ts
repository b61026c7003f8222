// The texts of the overview.

import type { Catalogue } from '../../messages';

const en = {
  authors: 'Authors',
  onSources: (n: string, one: boolean) => (one ? `on ${n} source` : `on ${n} sources`),
  voice: 'Share of voice',
  voiceHelp: 'Of all that is said about these brands; the bracket is the 95% interval',
  topics: 'Topics',
  topicsHelp: 'Negative to the left, positive to the right',
  noTopics: 'No topic was recognised in these mentions.',
  sources: 'Sources',
  languages: 'Languages',
  countries: 'Countries',
  newest: 'Newest mentions',
  seen: 'Most seen',
  seenHelp: 'By views, else by followers of the author; one of each story',
  emptyTitle: 'Nothing heard yet',
  emptyText: 'As soon as the first mention is stored, the numbers appear here by themselves.',
  emptyImport: 'Bring in what you already have: CSV, JSON or JSON Lines.',
  emptyDemo: 'Or look around with the sample that comes with Hark.',
  emptyAuto: 'This page looks again every few seconds.',
};

const nl: typeof en = {
  authors: 'Auteurs',
  onSources: (n, one) => (one ? `op ${n} bron` : `op ${n} bronnen`),
  voice: 'Aandeel in het gesprek',
  voiceHelp: 'Van alles wat over deze merken wordt gezegd; het haakje is het 95%-interval',
  topics: 'Onderwerpen',
  topicsHelp: 'Negatief naar links, positief naar rechts',
  noTopics: 'In deze vermeldingen is geen onderwerp herkend.',
  sources: 'Bronnen',
  languages: 'Talen',
  countries: 'Landen',
  newest: 'Nieuwste vermeldingen',
  seen: 'Meest gezien',
  seenHelp: 'Naar weergaven, anders naar volgers van de auteur; één van elk verhaal',
  emptyTitle: 'Nog niets gehoord',
  emptyText: 'Zodra de eerste vermelding is opgeslagen, verschijnen de cijfers hier vanzelf.',
  emptyImport: 'Haal binnen wat u al hebt: CSV, JSON of JSON Lines.',
  emptyDemo: 'Of kijk rond met het voorbeeld dat bij Hark zit.',
  emptyAuto: 'Deze pagina kijkt elke paar seconden opnieuw.',
};

export const messages: Catalogue<typeof en> = { en, nl };
