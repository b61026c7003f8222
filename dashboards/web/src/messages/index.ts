// The languages of the page.

export const LOCALES = { en: 'English', nl: 'Nederlands' } as const;
export type Locale = keyof typeof LOCALES;

/** The texts of a page in each language; all have the same shape. */
export type Catalogue<T> = Record<Locale, T>;
