import type { TitleSpecification } from './title-specification.ts'

/** Longer titles are pasted texts, of which only the beginning is read. */
const LONGEST = 300

const MARKED_GENDER =
  /(\p{L}{2,})(?:\/-?|\*|:|·|•|_|\(-?|\.)(?:innen|in|euse|rice|trice|ne|ere|iere|e|a|x)(?![-\p{L}])\)?/gu
const GENDERS =
  /(?<![\p{L}\p{N}])[mwfhdvx](?:\s*[/|,*]\s*[mwfhdvx]){1,2}(?![\p{L}\p{N}])|\(\s*(?:all genders|gn|alle)\s*\)/gu
const LIGATURES: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', æ: 'a', œ: 'o', đ: 'd', ł: 'l', ı: 'i' }
/** "IT总监" is two words. */
const HAN_BESIDE_LATIN = /(?<=\p{Script=Han})(?=[a-z0-9])|(?<=[a-z0-9])(?=\p{Script=Han})/gu
/** Separators between titles; a hyphen counts only with spaces around it. */
const PARTS = /[,;|()[\]{}<>:•·\n\t。、，；：（）【】]+|\s+[-–—~]+\s+|\s*\/\s*(?=\p{L}{2})/u

/**
 * The parts of a title as plain words: lower case, without accents, genders, punctuation. Example:
 * "Leiter/in Einkauf (m/w/d), Prokurist" becomes ["leiter einkauf", "prokurist"].
 */
export function partsOfTitle(title: string, specification: TitleSpecification): readonly string[] {
  const text = plainLetters(title.slice(0, LONGEST), specification)
    .replaceAll(/&(?:amp|quot|#39|nbsp);/g, ' & ')
    .replaceAll(GENDERS, ' ')
    .replaceAll(MARKED_GENDER, '$1')
  return text
    .split(PARTS)
    .map((part) => plainWords(part, specification))
    .filter((part) => part !== '')
}

/** A phrase of the specification in the same plain words. */
export function plainPhrase(phrase: string, specification: TitleSpecification): string {
  return plainWords(plainLetters(phrase, specification), specification)
}

/** Umlauts are written in three ways (ü, ue, u): all become one. */
function plainLetters(text: string, { characters }: TitleSpecification): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/./gu, (sign) => LIGATURES[sign] ?? characters[sign] ?? sign)
    .replaceAll(/([aou])e/g, '$1')
    .replaceAll('aa', 'a')
}

function plainWords(text: string, { endings, spellings }: TitleSpecification): string {
  return text
    .replaceAll(/(?<!\p{L})(?:\p{L}\.){1,5}(?:\p{L}(?!\p{L}))?/gu, (initials) => initials.replaceAll('.', ''))
    .replaceAll(/[&+]/g, ' & ')
    .replaceAll(HAN_BESIDE_LATIN, ' ')
    .split(/[^\p{L}\p{N}&@]+/u)
    .filter(Boolean)
    .map((word) => withoutGender(spellings[word] ?? word, endings))
    .join(' ')
}

function withoutGender(word: string, endings: TitleSpecification['endings']): string {
  for (const [ending, instead] of endings) {
    if (word.endsWith(ending)) return word.slice(0, -ending.length) + instead
  }
  return word
}
