// What a chart tells under the pointer. Made of elements, not of text: the security policy lets no style stand in HTML.

/** One number: a tone, which gives it a swatch, or `plain`; its name; the number. */
export type TipRow = readonly [kind: string, name: string, value: string];

export function tip(title: string, rows: readonly TipRow[], notes: readonly string[] = []): HTMLElement {
  const root = element('div', 'chart-tip');
  const list = element('dl', '');
  for (const [kind, name, value] of rows) list.append(element('dt', kind, name), element('dd', '', value));
  root.append(element('strong', '', title), list, ...notes.map((note) => element('p', 'note', note)));
  return root;
}

function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
