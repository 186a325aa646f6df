export function times<Item>(many: number, item: (index: number) => Item): Item[] {
  return Array.from({ length: many }, (_, index) => item(index))
}

export function list(many: number, item: (index: number) => string): string {
  return times(many, item).join(',')
}

/** One object of so many keys, as text. */
export function members(many: number, value: (index: number) => string): string {
  return `{${list(many, (index) => `"k${index}":${value(index)}`)}}`
}
