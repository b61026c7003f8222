// The texts of the page about people and places.

import type { Catalogue } from '../../messages';

const en = {
  authors: 'Authors',
  authorsHelp: 'Who speaks, as far as the sources name them. Each opens their mentions',
  sorts: { reach: 'By reach', mentions: 'By mentions', negative: 'By complaints', new: 'New voices' } as Record<string, string>,
  author: 'Author',
  followers: 'Followers',
  mentions: 'Mentions',
  negative: 'Negative',
  last: 'Last',
  isNew: 'new',
  isNewHelp: 'Said nothing in the 90 days before this period',
  total: (n: string, one: boolean) => (one ? `${n} author` : `${n} authors`),
  newVoices: (n: string) => `${n} new`,
  outOf: (n: string, of: string) => `${n} of ${of}`,
  noAuthors: 'No source named an author here.',
  sites: 'Sites',
  sitesHelp: 'Where it was published',
  countries: 'Countries',
  countriesHelp: 'As far as the sources tell',
  languages: 'Languages',
  kinds: 'Kinds',
};

const nl: typeof en = {
  authors: 'Auteurs',
  authorsHelp: 'Wie er spreekt, voor zover de bronnen het zeggen. Elk opent de eigen vermeldingen',
  sorts: { reach: 'Naar bereik', mentions: 'Naar vermeldingen', negative: 'Naar klachten', new: 'Nieuwe stemmen' },
  author: 'Auteur',
  followers: 'Volgers',
  mentions: 'Vermeldingen',
  negative: 'Negatief',
  last: 'Laatste',
  isNew: 'nieuw',
  isNewHelp: 'Zei niets in de 90 dagen voor deze periode',
  total: (n, one) => (one ? `${n} auteur` : `${n} auteurs`),
  newVoices: (n) => `${n} nieuw`,
  outOf: (n, of) => `${n} van ${of}`,
  noAuthors: 'Geen bron noemde hier een auteur.',
  sites: 'Sites',
  sitesHelp: 'Waar het is gepubliceerd',
  countries: 'Landen',
  countriesHelp: 'Voor zover de bronnen het zeggen',
  languages: 'Talen',
  kinds: 'Soorten',
};

export const messages: Catalogue<typeof en> = { en, nl };
