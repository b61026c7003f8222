// The texts of this page.

import type { Catalogue } from '../../messages';

const en = {
  title: 'Log in',
  name: 'Name',
  password: 'Password',
  logIn: 'Log in',
  or: 'or',
  with: (label: string) => `Log in with ${label}`,
  logOut: 'Log out',
};

const nl: typeof en = {
  title: 'Inloggen',
  name: 'Naam',
  password: 'Wachtwoord',
  logIn: 'Inloggen',
  or: 'of',
  with: (label: string) => `Inloggen met ${label}`,
  logOut: 'Uitloggen',
};

export const messages: Catalogue<typeof en> = { en, nl };
