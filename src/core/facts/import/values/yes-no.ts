const YES = ['true', 'yes', 'y', 't', '1', '-1', '1.0', 'x', 'on', 'checked', 'ja', 'j', 'oui', 's\u00ED', 'si', 'sim', 'vero', 'verdadero', 'verdadeiro', 'wahr', 'vrai', 'waar', 'tak', 'prawda', 'ano', 'pravda', 'da', 'evet', 'do\u011Fru', 'igaz', 'igen', 'sand', 'sann', 'sant', 'tosi', '\u0434\u0430', '\u0438\u0441\u0442\u0438\u043D\u0430', '\u662F', '\u771F', '\u306F\u3044', '\u2713', '\u2714', '\u2611', '\u2705'] // biome-ignore format: a list
const NO = ['false', 'no', 'n', 'f', '0', '0.0', 'off', 'unchecked', 'nein', 'non', 'n\u00E3o', 'nao', 'nee', 'falso', 'falsch', 'faux', 'onwaar', 'nie', 'fa\u0142sz', 'ne', 'nepravda', 'nu', 'hay\u0131r', 'hayir', 'yanl\u0131\u015F', 'hamis', 'nem', 'falsk', 'falskt', 'usann', 'usant', 'nej', 'nei', 'ep\u00E4tosi', '\u043D\u0435\u0442', '\u043B\u043E\u0436\u044C', '\u5426', '\u5047', '\u3044\u3044\u3048', '\u2717', '\u2718', '\u2610', '\u274C'] // biome-ignore format: a list

const SPELLINGS = new Map<string, 'true' | 'false'>([
  ...YES.map((text) => [text, 'true'] as const),
  ...NO.map((text) => [text, 'false'] as const),
])

const OUT = ['opted out', 'opted-out', 'opted_out', 'optedout', 'opt out', 'opt-out', 'opt_out', 'unsubscribed', 'do not contact'] // biome-ignore format: a list
const IN = ['opted in', 'opted-in', 'opted_in', 'optedin', 'opt in', 'opt-in', 'opt_in', 'subscribed'] // biome-ignore format: a list
const WISHES = new Map<string, 'true' | 'false'>([
  ...OUT.map((text) => [text, 'true'] as const),
  ...IN.map((text) => [text, 'false'] as const),
])

/** Whether somebody does not want to be contacted: a yes or no, or the words of mailing systems (`Unsubscribed`, `opted in`). */
export function readOptOut(text: string): 'true' | 'false' | undefined {
  return readYesNo(text) ?? WISHES.get(text.toLowerCase())
}

/** Yes or no as forms, databases and spreadsheets write it, in any case: `TRUE`, `y`, `1`, `-1` (Access), `x`, `Ja`, `WAHR`, `TAK`, ✓. */
export function readYesNo(text: string): 'true' | 'false' | undefined {
  return SPELLINGS.get(text) ?? SPELLINGS.get(text.toLowerCase())
}
