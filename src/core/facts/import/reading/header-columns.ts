import { plain } from './plain-text.ts'

/** The columns of a header, found by name: an exact match wins over one that differs in case only. */
export interface HeaderColumns {
  /** As the header spells them, without surrounding space. */
  readonly names: readonly string[]
  /** Of a column that is there twice, all its places; of one that is not there, none. */
  readonly places: (name: string) => readonly number[]
  readonly has: (name: string) => boolean
  /** The places of those that are there, each by its first. */
  readonly placesOf: (names: readonly string[]) => readonly number[]
}

const NONE: readonly number[] = []
const BYTE_ORDER_MARK = /^\uFEFF/

export function headerColumns(header: readonly string[]): HeaderColumns {
  const names = header.map((name) => name.replace(BYTE_ORDER_MARK, '').trim())
  const exact = placesBy(names, (name) => name)
  const caseless = placesBy(names, plain)
  const places = (name: string) => exact.get(name) ?? caseless.get(plain(name)) ?? NONE
  return {
    names,
    places,
    has: (name) => places(name).length > 0,
    placesOf: (wanted) => [...new Set(wanted.flatMap((name) => places(name).slice(0, 1)))],
  }
}

function placesBy(names: readonly string[], keyOf: (name: string) => string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const [index, name] of names.entries()) {
    if (name === '') continue
    const places = found.get(keyOf(name))
    if (places) places.push(index)
    else found.set(keyOf(name), [index])
  }
  return found
}
