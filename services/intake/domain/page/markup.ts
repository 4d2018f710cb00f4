/** Markup whose texts are escaped already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = string | Markup | readonly Markup[] | undefined | false;

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const textOf = (insert: Insert): string => {
  if (insert === undefined || insert === false) return '';
  if (insert instanceof Markup) return insert.text;
  return typeof insert === 'string'
    ? insert.replace(/[&<>"']/g, (character) => references[character] ?? '')
    : insert.map((part) => part.text).join('');
};

/** HTML in which every inserted text is escaped, in element content and quoted attributes alike. */
export const html = (strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup =>
  new Markup(strings.map((string, index) => string + textOf(inserts[index])).join(''));
