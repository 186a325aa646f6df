import { readYesNo } from '../../../facts/import/values/yes-no.ts'

/** `won`, `Closed - Won`, `closedwon`, `7. Gewonnen (Vertrag)`, in the languages in which CRMs are sold most. */
const WON =
  /(^|\P{L})(closed)?won(\P{L}|$)|gewonnen|(^|\P{L})(gagnée?|ganad[oa]|vint[oa]|vundet|vunnet|wygran[ay])(\P{L}|$)/u
const LOST =
  /(^|\P{L})(closed)?lost(\P{L}|$)|verloren|(^|\P{L})(perdu[e]?|perdid[oa]|pers[oa]|tabt|tapt|przegran[ay]|no sale)(\P{L}|$)/u
const NOT = /(^|\P{L})(not|nicht|never|non|no|un)(\P{L}|$)/u
/** Ends of a lead or a deal that say nothing by themselves, and all beside a win. */
const ALSO_WON =
  /^(sold|verkauft|converted|konvertiert|qualified and converted|successful|success|erfolgreich|signed|purchased|win)$/
const ALSO_LOST =
  /^(loss|not converted|nicht konvertiert|unsuccessful|failed|disqualified|unqualified|rejected|declined|abandoned|cancelled|canceled|abgelehnt|abgesagt|storniert|dead|closed dead)$/

export function isTrue(value: string): boolean {
  return readYesNo(value) === 'true'
}

export function isFalse(value: string): boolean {
  return readYesNo(value) === 'false'
}

/** Whether a value is a word for a won or for a lost deal; undefined for every other stage. */
export function wordOf(value: string): 'won' | 'lost' | undefined {
  const text = value
    .toLowerCase()
    .replace(/[_\s]+/g, ' ')
    .trim()
  if (LOST.test(text) || ALSO_LOST.test(text)) return 'lost'
  if (WON.test(text)) return NOT.test(text) ? 'lost' : 'won'
  return ALSO_WON.test(text) ? 'won' : undefined
}
