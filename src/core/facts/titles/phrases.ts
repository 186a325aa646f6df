import { plainPhrase } from './normalise.ts'
import type { TitleEntry, TitleSpecification } from './title-specification.ts'

/** One phrase of the specification, compiled for the search. */
interface Phrase {
  readonly text: string
  readonly entry: TitleEntry
  /** Letters that may stand before or after it: none, any number, at least one. */
  readonly before: 'none' | 'any' | 'some'
  readonly after: 'none' | 'any' | 'some'
  readonly atStart: boolean
  readonly atEnd: boolean
}

export interface PhraseIndex {
  /** Phrases that begin with a whole word, by that word. */
  readonly byFirstWord: ReadonlyMap<string, readonly Phrase[]>
  /** The others: found anywhere in the text. */
  readonly anywhere: readonly Phrase[]
}

/** A phrase found in a part of a title. */
export interface Found {
  readonly entry: TitleEntry
  readonly start: number
  readonly end: number
}

const HAN = /\p{Script=Han}/u
const ALLOWANCE = { '*': 'any', '+': 'some' } as const

export function indexPhrases(specification: TitleSpecification, entries: readonly TitleEntry[]): PhraseIndex {
  const byFirstWord = new Map<string, Phrase[]>()
  const anywhere: Phrase[] = []
  for (const entry of entries) {
    for (const words of entry.words) {
      const phrase = readPhrase(words, entry, specification)
      if (phrase.text === '') continue
      if (phrase.before !== 'none' || phrase.after !== 'none') {
        anywhere.push(phrase)
        continue
      }
      const first = phrase.text.split(' ')[0] as string
      byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), phrase])
    }
  }
  return { byFirstWord, anywhere }
}

/** Chinese has no spaces: its phrases may stand within others. */
function readPhrase(words: string, entry: TitleEntry, specification: TitleSpecification): Phrase {
  const opening = words[0] as string
  const closing = words.at(-1) as string
  const within = HAN.test(words)
  return {
    text: plainPhrase(words.replaceAll(/[*+^$]/g, ' '), specification),
    entry,
    before: within ? 'any' : (ALLOWANCE[opening as '*' | '+'] ?? 'none'),
    after: within ? 'any' : (ALLOWANCE[closing as '*' | '+'] ?? 'none'),
    atStart: opening === '^',
    atEnd: closing === '$',
  }
}

const LONGER_THAN_ANY = 1_000

/**
 * The phrases that a part holds, overriding ones before others and the longest first claiming its letters: "vice president" leaves no "president" behind.
 * Of two of one length the first in the text wins, then the first in the specification.
 */
export function findPhrases(part: string, index: PhraseIndex): readonly Found[] {
  const found: Found[] = []
  for (const phrase of candidates(part, index)) {
    for (let start = part.indexOf(phrase.text); start >= 0; start = part.indexOf(phrase.text, start + 1)) {
      const end = start + phrase.text.length
      if (fits(part, phrase, start, end)) found.push({ entry: phrase.entry, start, end })
    }
  }
  const claimed: Found[] = []
  const strength = ({ entry, start, end }: Found) => (entry.weight === 'overriding' ? LONGER_THAN_ANY : 0) + end - start
  for (const one of found.toSorted((one, other) => strength(other) - strength(one) || one.start - other.start)) {
    if (claimed.every((other) => one.end <= other.start || one.start >= other.end)) claimed.push(one)
  }
  return claimed.toSorted((one, other) => one.start - other.start)
}

function candidates(part: string, { byFirstWord, anywhere }: PhraseIndex): readonly Phrase[] {
  const words = new Set(part.split(' '))
  return [...[...words].flatMap((word) => byFirstWord.get(word) ?? []), ...anywhere]
}

function fits(part: string, phrase: Phrase, start: number, end: number): boolean {
  const letterBefore = start > 0 && part[start - 1] !== ' '
  const letterAfter = end < part.length && part[end] !== ' '
  return (
    allows(phrase.before, letterBefore) &&
    allows(phrase.after, letterAfter) &&
    (!phrase.atStart || start === 0) &&
    (!phrase.atEnd || end === part.length)
  )
}

function allows(allowance: Phrase['before'], letter: boolean): boolean {
  return allowance === 'any' || (allowance === 'some') === letter
}
