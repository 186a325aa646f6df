/** A number and its noun, or noun and verb: `1,204 accounts`, `1 account`; `counted(n, 'row is', 'rows are')`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`
}
