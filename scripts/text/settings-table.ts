import { z } from 'zod'
import { Environment, SETTINGS } from '../../src/settings.ts'

const START = '<!-- settings: npx winrate docs-config -->'
const END = '<!-- end of settings -->'

/** A Markdown table of every environment variable, from the schema that reads them. */
export function settingsTable(): string {
  const rows = Object.entries(Environment.shape).map(([name, schema]) => {
    const { description, values, unset } = notesOf(name, schema)
    const fallback = schema instanceof z.ZodDefault ? `\`${String(schema.def.defaultValue)}\`` : `unset: ${unset}`
    return `| \`${name}\` | ${description} | ${values} | ${fallback} |`
  })
  return ['| variable | what it does | values | default |', '|---|---|---|---|', ...rows].join('\n')
}

function notesOf(name: string, schema: z.ZodType) {
  const notes = SETTINGS.get(schema)
  if (!notes) throw new Error(`src/settings.ts has no description of ${name}`)
  return notes
}

/** The document with the table of the current schema. @throws Error when the document lacks the marks of its place */
export function withSettingsTable(document: string): string {
  const start = document.indexOf(START)
  const end = document.indexOf(END)
  if (start === -1 || end < start) throw new Error(`the document must hold ${START} and then ${END}`)
  return `${document.slice(0, start)}${START}\n\n${settingsTable()}\n\n${document.slice(end)}`
}
