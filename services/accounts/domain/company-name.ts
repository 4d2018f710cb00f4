/**
 * Legal forms as they end a company's name, written without dots, in lower case and without accents; longer ones that are made of several
 * words are taken away word by word. Source: the forms in common use per country in ISO 20275 (entity legal forms).
 */
const endings = new Set(
  [
    // English-speaking countries
    'ltd limited llc llp lp plc inc incorporated corp corporation co company cic pty pllc pc pbc pvt private',
    // German
    'gmbh mbh ggmbh ag kg kgaa ohg gbr ug haftungsbeschrankt eg ev ek ekfm se',
    // French, Spanish, Portuguese, Italian, Romanian
    'sa sarl sas sasu eurl snc sci sl slu sau sll lda ltda eireli spa srl srls sapa cv sab',
    // Dutch, Nordic, Baltic
    'bv nv vof bvba ab hb as asa aps ivs oy oyj ehf hf ou sia uab',
    // Central and Eastern Europe, Turkey
    'sro spolsro doo dd ad eood ood kft zrt nyrt bt spzoo spj ooo zao oao pao tov sti',
    // Asia and elsewhere
    'kk gk sdn bhd tbk pte jsc pjsc fze fzco fzllc wll',
  ].flatMap((forms) => forms.split(' ')),
);

/** Forms that stand before the name: `OOO Romashka`, `PT Telkom`. */
const beginnings = new Set(['ooo', 'zao', 'oao', 'pao', 'tov', 'pt', 'uab', 'sia', 'ab']);

/** Forms that end a name in several words which mean nothing alone: `Sp. z o.o.`, `S. A.`, `s. r. o.`, `a. s.`. */
const phrases: readonly (readonly string[])[] = [
  'spolka z oo',
  'sp z oo',
  'sp z o o',
  'spol s ro',
  'spol s r o',
  's r o',
  'd o o',
  's p a',
  's r l',
  's a s',
  'g m b h',
  'l l c',
  's a',
  's l',
  'b v',
  'n v',
  'a s',
  'a g',
  'e v',
  'e k',
  'k k',
].map((phrase) => phrase.split(' '));

const cjkForms = /^(?:株式会社|有限会社|合同会社)|(?:株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司)$/gu;

/** Letters that Unicode does not take apart into a base and an accent. */
const plainLetters: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd', ı: 'i' };

const conjunctions = new Set(['and', 'und', 'et', 'y', 'e']);

/** `&` is punctuation, and so is a word that is said for it. */
const ampersands = new Set(['and', 'und', 'et']);

const wordsOf = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[ßøłđæœþðı]/g, (letter) => plainLetters[letter] ?? letter)
    .replace(/[.'’‘`´]/g, '')
    .replace(/[&+]/g, ' and ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

const withoutEnding = (words: readonly string[]): readonly string[] => {
  const phrase = phrases.find(
    (forms) => forms.length < words.length && forms.every((form, i) => words[words.length - forms.length + i] === form),
  );
  if (phrase !== undefined) return words.slice(0, -phrase.length);
  const last = words.at(-1);
  return words.length > 1 && last !== undefined && endings.has(last) ? words.slice(0, -1) : words;
};

const withoutForms = (words: readonly string[]): readonly string[] => {
  let kept = words;
  for (;;) {
    const shorter = withoutEnding(kept);
    if (shorter.length === kept.length) break;
    kept = shorter;
    // `GmbH & Co. KG`: what joined two forms joins nothing now.
    while (kept.length > 1 && conjunctions.has(kept.at(-1) ?? '')) kept = kept.slice(0, -1);
  }
  const first = kept[0];
  return kept.length > 1 && first !== undefined && beginnings.has(first) ? kept.slice(1) : kept;
};

/**
 * A company's name as it is compared: case, accents, punctuation and legal form ignored (contract.md section 4), so that
 * `ACMÉ Widgets, Inc.` and `Acme Widgets` are one. Undefined when nothing of the name remains to compare.
 */
export const comparableName = (name: string): string | undefined => {
  const words = wordsOf(name.trim().replace(cjkForms, (form, _offset: number, whole: string) => (form.length < whole.length ? ' ' : form)));
  const kept = withoutForms(words)
    .filter((word, i) => i === 0 || !ampersands.has(word))
    .join(' ');
  return kept === '' ? undefined : kept;
};
