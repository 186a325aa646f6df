/**
 * The items of a list in brackets, as a warehouse or a program writes one into a cell: `["71","72"]` (JSON), `['71', '72']`
 * (Python), `{71,72}` (an array of PostgreSQL), `[]`; what says that there is none (`null`, `None`) is left out. Undefined for
 * a text that is no such list, such as `[Acme]`. An item keeps its digits: no number is rounded.
 */
export function bracketedItems(text: string): readonly string[] | undefined {
  const list = text.trim()
  const close = CLOSING[list.charAt(0)]
  if (close === undefined || !list.endsWith(close)) return undefined
  const items: string[] = []
  NEXT.lastIndex = 1
  const end = list.length - 1
  while (NEXT.lastIndex < end) {
    const found = NEXT.exec(list)
    if (!found || NEXT.lastIndex > end) return list.slice(1, end).trim() === '' ? [] : undefined
    const [, doubled, single, bare, between] = found
    if (between === ',' ? NEXT.lastIndex === end : NEXT.lastIndex !== end) return undefined
    const item = (bare ?? unescaped(doubled ?? single ?? '')).trim()
    if (item !== '' && !(bare !== undefined && NONE.has(bare.toLowerCase()))) items.push(item)
  }
  return items
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/gi, (_escape, code: string | undefined, sign = '') =>
    code === undefined ? (/[nrt]/.test(sign) ? ' ' : sign) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' }
const NONE = new Set(['null', 'none', 'nan', 'nil'])
/** An item and the comma behind it. */
const NEXT = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?|null|none|nan|nil))\s*(,?)/giy
