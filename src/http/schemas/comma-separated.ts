import { z } from 'zod'
import { didYouMean, MOST_SUGGESTIONS, shownName } from '../../core/base/did-you-mean.ts'

/** A parameter with names of a closed list, such as `decision,purchase`. */
export function commaSeparated<const Names extends readonly [string, ...string[]]>(names: Names, examples: string[]) {
  const one = String.raw`\s*(?:${names.join('|')})\s*`
  return z
    .string()
    .transform((text, context): readonly Names[number][] => {
      const asked = text.split(',').map((name) => name.trim())
      const unknown = [...new Set(asked.filter((name) => !names.includes(name)))]
      for (const name of unknown.slice(0, MOST_SUGGESTIONS)) {
        const message = `unknown "${shownName(name)}"${didYouMean(name, names) || `: expected ${names.join(', ')}`}`
        context.addIssue({ code: 'custom', message })
      }
      return unknown.length > 0 ? z.NEVER : names.filter((name) => asked.includes(name))
    })
    .meta({ pattern: `^${one}(?:,${one})*$`, examples })
}
