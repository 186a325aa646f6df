export type Cell = string | number | boolean | null | readonly string[]

/** One record as a line of CSV without its line break: lists are separated by `;`, null is an empty cell. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map((cell) => quoted(cellText(cell))).join(',')
}

export function cellText(value: Cell): string {
  if (value === null) return ''
  return typeof value === 'object' ? value.join(';') : String(value)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
