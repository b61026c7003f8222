// The editor: CodeMirror with ClickHouse's SQL. Loaded after the page, for it is larger than the page.
//
// It lives in a shadow root: there its styles are sheets of the document's own making, which the content security policy
// allows; in the page itself they would be inline styles.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { sql, SQLDialect, type SQLNamespace } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { FUNCTIONS } from './functions';
import type { Schema } from './types';

const clickhouse = SQLDialect.define({
  keywords:
    'select from where group by order having limit offset with as distinct array join left right inner outer full any all asof using on union except intersect and or not in between like ilike is null case when then else end asc desc fill step interval final prewhere sample settings explain describe show tables estimate over partition rows range window qualify global cast day week month year hour minute second',
  types:
    'string uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64 date datetime datetime64 array tuple map nullable lowcardinality bool uuid',
  builtin: FUNCTIONS.join(' '),
  backslashEscapes: true,
  hashComments: true,
  identifierQuotes: '`"',
  doubleQuotedStrings: false,
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent-text)', fontWeight: '500' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--positive-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--negative-text)' },
  { tag: tags.comment, color: 'var(--text-faint)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.name), tags.typeName], color: 'var(--warning-text)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '14px', color: 'var(--text)', backgroundColor: 'var(--raised)' },
  '.cm-content': { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace", caretColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text-faint)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--accent-ground)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line-strong)', borderRadius: '8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-ground)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--text-faint)' },
});

// Typing over selected text, done here: a browser would keep the colour of what was there by inline style, which the policy forbids.
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    if (empty || event.inputType !== 'insertText' || event.data === null) return false;
    event.preventDefault();
    const text = event.data;
    const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
    // Others may want the keys: brackets close around what is selected.
    if (!view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});

function language(schema: Schema | null) {
  const tables: Record<string, SQLNamespace> = {};
  for (const table of schema?.tables ?? []) {
    tables[table.name] = {
      self: { label: table.name, type: 'class', detail: table.documented ? '' : '…', info: table.comment, boost: table.documented ? 10 : -10 },
      children: table.columns.map((column) => ({ label: column.name, type: 'property', detail: column.type, info: column.comment })),
    };
  }
  return sql({ dialect: clickhouse, schema: tables, defaultTable: 'mentions', upperCaseKeywords: true });
}

export interface Editor {
  text: () => string;
  setText: (text: string) => void;
  setSchema: (schema: Schema) => void;
  focus: () => void;
  destroy: () => void;
}

/** Makes an editor in `host`; `onrun` is called for Ctrl-Enter, `onchange` with every change. */
export function makeEditor(host: HTMLElement, label: string, text: string, onrun: () => void, onchange: (text: string) => void): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const schema = new Compartment();
  const run = { key: 'Mod-Enter', run: () => (onrun(), true) };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([run])),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        typeOver,
        autocompletion({ icons: false }),
        syntaxHighlighting(colours),
        look,
        schema.of(language(null)),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => update.docChanged && onchange(update.state.doc.toString())),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText: (insert) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } }),
    setSchema: (known) => view.dispatch({ effects: schema.reconfigure(language(known)) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
