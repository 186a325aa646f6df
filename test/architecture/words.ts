import type { SourceFile } from './sources.ts'

/** A word that the field has another one for. `docs/glossary.md` has the words in use. */
interface OldWord {
  /** Parts of an identifier, or words of a sentence, in lower case. */
  readonly parts: readonly string[]
  readonly use: string
  /** What the same letters mean elsewhere; these senses stay. */
  readonly senses?: readonly RegExp[]
}

const OLD_WORDS: readonly OldWord[] = [
  {
    parts: ['bar', 'bars'],
    use: 'threshold',
    senses: [
      /\bprogress bars?\b/gi,
      /\bbar charts?\b/gi,
      /\bbarsFigure\b/g,
      /charts\/bars/g,
      /\berror bars?\b/gi,
      /\bone bar\b/g,
    ],
  },
  { parts: ['arm', 'arms'], use: 'scorer, baseline, or group of an experiment', senses: [/\barm64\b/g] },
  { parts: ['rival', 'rivals'], use: 'baseline' },
  { parts: ['lottery', 'lotteries'], use: 'randomised holdout' },
  { parts: ['withheld', 'withholds', 'withhold'], use: 'in the control group' },
  { parts: ['bundle', 'bundles', 'bundled'], use: 'model artifact' },
  { parts: ['whoever', 'whomever'], use: 'the noun: the account, the caller' },
  { parts: ['judge', 'judges', 'judged', 'judging'], use: 'evaluate a model, decide, audit, verify' },
  { parts: ['mend', 'mends', 'mended', 'mending'], use: 'repair, or fix' },
]

const OLD_IDENTIFIERS: Readonly<Record<string, string>> = {
  askTogether: 'batchLoader',
  askOnce: 'singleFlight',
  takeTurns: 'limitConcurrency',
  putInUse: 'switchChampion',
  storeAndDecide: 'commitScoringRun',
  Applied: 'Prediction',
  workAccount: 'recordHandoff',
  WorkedAccount: 'HandoffResult',
  scoreNoted: 'scoreQueued',
}

/** What exports of other systems say. */
const OF_OTHERS = /\bApplied filters:/g

/** Phrases that have to be decoded. */
const OLD_PHRASES: readonly { readonly phrase: RegExp; readonly use: string }[] = [
  { phrase: /\bask(?:s|ed)? together\b/gi, use: 'batch' },
  { phrase: /\bin good order\b/gi, use: 'valid' },
  { phrase: /\bh(?:e|o)ld(?:s|ing)? (?:it |them |each |the model )?against\b/gi, use: 'compare with' },
  { phrase: /\b(?:is|are|was|were|be|been) told (?:of|again)\b/gi, use: 'hears of, or is repeated' },
  { phrase: /\bto be got rid of\b/gi, use: 'to roll back, or to remove' },
  { phrase: /\bwhat came of (?:it|them|that)\b/gi, use: 'the outcome' },
  { phrase: /\bno more (?:than )?(?:is|are|in use|known|counted)\b/gi, use: 'no longer' },
  { phrase: /\blived too short\b/gi, use: 'open for less than 2 days' },
  { phrase: /\bput(?:s|ting)? in use\b/gi, use: 'switch the champion' },
  { phrase: /\bmature labels?\b|\blabels? (?:is|are|was|were) mature\b/gi, use: 'complete label window' },
  { phrase: /\d %(?!\w)/g, use: 'no space before %' },
]

/** `a.ts:3 "policyBar": use threshold`, one line for each old word. */
export function findOldWords({ name, text }: SourceFile): readonly string[] {
  const found: string[] = []
  text.split('\n').forEach((line, index) => {
    const at = `${name}:${index + 1}`
    for (const { parts, use, senses = [] } of OLD_WORDS) {
      const rest = senses.reduce((left, sense) => left.replaceAll(sense, ' '), line)
      for (const word of rest.match(/[A-Za-z]+/g) ?? [])
        if (partsOf(word).some((part) => parts.includes(part))) found.push(`${at} "${word}": use ${use}`)
    }
    for (const word of line.replaceAll(OF_OTHERS, '').match(/[A-Za-z_]\w*/g) ?? [])
      if (Object.hasOwn(OLD_IDENTIFIERS, word)) found.push(`${at} "${word}": use ${OLD_IDENTIFIERS[word]}`)
    for (const { phrase, use } of OLD_PHRASES)
      for (const [words] of line.matchAll(phrase)) found.push(`${at} "${words}": use ${use}`)
  })
  return found
}

/** `policyBar` -> policy, bar. */
function partsOf(identifier: string): readonly string[] {
  return (identifier.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((part) => part.toLowerCase())
}
