/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** A whole number in [0, limit). */
  readonly integer: (limit: number) => number
  /** Standard normal. */
  readonly normal: () => number
  /** Poisson with the given mean. */
  readonly poisson: (mean: number) => number
  readonly pick: <Item>(items: readonly Item[]) => Item
  /** A new array in random order; the argument is not changed. */
  readonly shuffle: <Item>(items: readonly Item[]) => Item[]
}

/** xoshiro128** (Blackman and Vigna), its state filled by splitmix32 from a hash of the seed. */
export function createRandom(seed: number | string): Random {
  let [a, b, c, d] = fill(hashSeed(String(seed)))
  const word = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const next = () => ((word() >>> 5) * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992
  const integer = (limit: number) => Math.floor(next() * limit)
  // Box and Muller; the second variate is thrown away so that one call always costs two uniforms.
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const poisson = (mean: number) => {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = next(); product > limit; product *= next()) count += 1
    return count
  }
  const pick = <Item>(items: readonly Item[]): Item => {
    if (items.length === 0) throw new RangeError('pick needs at least one item, got an empty list')
    return items[integer(items.length)] as Item
  }
  const shuffle = <Item>(items: readonly Item[]): Item[] => {
    const result = [...items]
    for (let last = result.length - 1; last > 0; last -= 1) {
      const other = integer(last + 1)
      const kept = result[last] as Item
      result[last] = result[other] as Item
      result[other] = kept
    }
    return result
  }
  return { next, integer, normal, poisson, pick, shuffle }
}

/** FNV-1a over the characters: 32 bits that also serve wherever a stable, seedless spread of keys is wanted. */
export function hashSeed(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

function fill(seed: number): [number, number, number, number] {
  let state = seed
  const split = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
  return [split(), split(), split(), split() | 1]
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
