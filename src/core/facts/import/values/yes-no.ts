const YES = ['true', 'yes', 'y', 't', '1', '-1', '1.0', 'x', 'on', 'checked', 'ja', 'j', 'oui', 's\u00ED', 'si', 'sim', 'vero', 'verdadero', 'verdadeiro', 'wahr', 'vrai', 'waar', '\u2713', '\u2714', '\u2611', '\u2705'] // biome-ignore format: a list
const NO = ['false', 'no', 'n', 'f', '0', '0.0', 'off', 'unchecked', 'nein', 'non', 'n\u00E3o', 'nao', 'nee', 'falso', 'falsch', 'faux', 'onwaar', '\u2717', '\u2718', '\u2610', '\u274C'] // biome-ignore format: a list

const SPELLINGS = new Map<string, 'true' | 'false'>([
  ...YES.map((text) => [text, 'true'] as const),
  ...NO.map((text) => [text, 'false'] as const),
])

/** Yes or no as forms, databases and spreadsheets write it, in any case: `TRUE`, `y`, `1`, `-1` (Access), `x`, `Ja`, `WAHR`, ✓. */
export function readYesNo(text: string): 'true' | 'false' | undefined {
  return SPELLINGS.get(text) ?? SPELLINGS.get(text.toLowerCase())
}
