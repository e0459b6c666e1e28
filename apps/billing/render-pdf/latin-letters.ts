/** What the PDF's built-in fonts can write besides ASCII and Latin-1 (Windows-1252). */
const EXTRAS = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';
const WRITABLE = new RegExp(`^[\\x20-\\x7e\\xa0-\\xff${EXTRAS}]$`, 'u');
const MARKS = /\p{M}+/gu;

/** Letters that no decomposition brings to Latin ones, each followed by what it is written as. */
const TABLE =
  'ł l Ł L đ d Đ D ı i ħ h Ħ H ŋ ng ĸ k ŧ t Ŧ T ə e Ə E ẞ SS ' +
  'а a б b в v г g ґ g д d ђ dj е e є ye ж zh з z и i і i й y ј j к k л l љ lj м m н n њ nj о o п p р r с s т t ћ c у u ' +
  'ф f х kh ц ts ч ch џ dz ш sh щ shch ъ  ы y ь  э e ю yu я ya ' +
  'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o';
const LETTERS: ReadonlyMap<string, string> = new Map(
  [...TABLE.matchAll(/(\S) (\S*)(?: |$)/gu)].map(([, letter = '', latin = '']) => [letter, latin]),
);
const UNKNOWN = '?';

/** Words as the PDF's built-in fonts can write them: accents that they lack are dropped, Cyrillic and Greek become Latin, others a question mark. */
export function inLatinLetters(words: string): string {
  return [...words.normalize('NFC')].map(latin).join('');
}

function latin(character: string): string {
  if (WRITABLE.test(character)) return character;
  const known = spelling(character);
  if (known !== undefined) return known;
  const plain = [...character.normalize('NFKD').replaceAll(MARKS, '')];
  if (plain.length === 0 || (plain.length === 1 && plain[0] === character)) return plain.length === 0 ? '' : UNKNOWN;
  return plain.map(latin).join('');
}

function spelling(character: string): string | undefined {
  const known = LETTERS.get(character);
  if (known !== undefined) return known;
  const lower = LETTERS.get(character.toLowerCase());
  return lower && `${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`;
}
