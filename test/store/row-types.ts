import { type FieldDef, types } from 'pg'

// How the row types of the store's statements are read from its source, and compared with the columns that PostgreSQL describes.

/** The members of a row type by name; null for a type of another form. */
export type RowType = ReadonlyMap<string, string> | null

function membersOf(body: string): ReadonlyMap<string, string> {
  const parts = ['']
  let depth = 0
  for (const letter of body.replaceAll(/\/\*\*[^]*?\*\//g, '').replaceAll('\n', ';')) {
    if ('<{[('.includes(letter)) depth += 1
    if ('>}])'.includes(letter)) depth -= 1
    if (letter === ';' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  const members = parts.map((part) => /^\s*(?:readonly )?(\w+)\??: ([^]*)$/.exec(part) ?? [])
  return new Map(members.flatMap(([, name, type]) => (name && type ? [[name, type.trim()] as const] : [])))
}

export function readRowType(written: string, code: string): RowType {
  const members = written.split(' & ').map((part) => {
    if (part.startsWith('{')) return membersOf(part.slice(1, -1))
    const body = new RegExp(`^(?:export )?interface ${part} \\{\\n([^]*?)^\\}`, 'm').exec(code)?.[1]
    return body === undefined ? null : membersOf(body)
  })
  return members.includes(null) ? null : new Map(members.flatMap((own) => [...(own ?? [])]))
}

/** The end of what opens at `start`, after its closing sign. */
export function endOfType(code: string, start: number): number {
  let depth = 0
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === '<') depth += 1
    if (code[at] === '>' && code[at - 1] !== '=') depth -= 1
    if (depth === 0) return at + 1
  }
  return code.length
}

export function endOfTemplate(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at += 1) {
    if (code[at] === '\\') at += 1
    else if (code[at] === '`') return at + 1
    else if (code.startsWith('${', at)) {
      let depth = 0
      for (at += 1; at < code.length; at += 1) {
        if (code[at] === '{') depth += 1
        if (code[at] === '}') depth -= 1
        if (code[at] === '`') at = endOfTemplate(code, at) - 1
        if (depth === 0) break
      }
    }
  }
  return code.length
}

export type Kind = 'number' | 'boolean' | 'Buffer' | 'number[]' | 'string[]' | 'json' | 'text'
const KINDS: Readonly<Record<number, Kind>> = {
  [types.builtins.INT2]: 'number',
  [types.builtins.INT4]: 'number',
  [types.builtins.INT8]: 'number',
  [types.builtins.FLOAT8]: 'number',
  [types.builtins.BOOL]: 'boolean',
  [types.builtins.BYTEA]: 'Buffer',
  [types.builtins.JSON]: 'json',
  [types.builtins.JSONB]: 'json',
  1016: 'number[]',
  1022: 'number[]',
  1009: 'string[]',
}
export const kindOf = ({ dataTypeID }: FieldDef): Kind => KINDS[dataTypeID] ?? 'text'

/** Whether a column of this kind can be read as the type that is written. */
function fits(kind: Kind, written: string): boolean {
  const type = written.replace(/ \| null$/, '').replace(/^readonly /, '')
  if (kind === 'json') return !['number', 'string', 'boolean', 'Buffer', 'Instant'].includes(type)
  // A text may be one of several that are written out, or of a type that lists them.
  if (kind === 'text')
    return !['number', 'boolean', 'Buffer'].includes(type) && !type.startsWith('{') && !type.endsWith('[]')
  // So may the texts of an array.
  if (kind === 'string[]') return type.endsWith('[]') && !['number[]', 'boolean[]', 'Buffer[]'].includes(type)
  return type === kind
}

/** How the columns of a statement differ from its row type; undefined where they do not. */
export function differenceOf(row: NonNullable<RowType>, fields: readonly FieldDef[]): string | undefined {
  const missing = [...row.keys()].filter((name) => !fields.some((field) => field.name === name))
  const unnamed = fields.filter((field) => !row.has(field.name)).map(({ name }) => name)
  const unfit = fields.filter((field) => !fits(kindOf(field), row.get(field.name) ?? '')).map(({ name }) => name)
  if (missing.length + unnamed.length + unfit.length === 0) return undefined
  return `lacks [${missing.join()}], adds [${unnamed.join()}], unlike [${unfit.join()}]`
}
