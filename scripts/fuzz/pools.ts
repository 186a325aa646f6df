/** Values that answers held, by the collection they came from and the name of their field. */
export interface Pools {
  /** Takes ids, versions, names and cursors out of an answer. */
  harvest(path: string, value: unknown): void
  /** @returns undefined when nothing of the name was seen */
  pick(path: string, name: string, index: number): unknown
}

const MOST_VALUES = 100
const KEPT = /(?:^|_)(?:id|version|name|cursor)$/

/** @param keep values that are never in a pool, and so never used */
export function createPools(keep: ReadonlySet<string>): Pools {
  const pools = new Map<string, unknown[]>()
  const add = (key: string, value: unknown) => {
    const pool = pools.get(key) ?? []
    if (pool.includes(value)) return
    pools.set(key, [...pool, value].slice(-MOST_VALUES))
  }
  return {
    harvest(path, value) {
      const collection = collectionOf(path)
      for (const [name, found] of fields(value)) {
        if (keep.has(String(found))) continue
        add(name, found)
        add(`${collection}.${name}`, found)
      }
    },
    pick(path, name, index) {
      for (const key of candidates(collectionOf(path), name)) {
        const pool = pools.get(key)
        if (pool && pool.length > 0) return pool[index % pool.length]
      }
      return undefined
    },
  }
}

/** `/v1/training-runs/{id}/cancel` works on training-runs. */
function collectionOf(path: string): string {
  return path.split('?')[0]?.split('/')[2] ?? ''
}

/**
 * The `{id}` of `/v1/training-runs/{id}` is a training_run_id; that of `/v1/qualified-accounts/{id}` an account_id, since
 * there is no qualified_account_id.
 */
function candidates(collection: string, name: string): readonly string[] {
  const words = collection.replace(/ies$/, 'y').replace(/s$/, '').split('-')
  const prefixed = words.map((_, index) => `${words.slice(index).join('_')}_${name}`)
  return [...prefixed, `${collection}.${name}`, name]
}

function fields(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.slice(0, MOST_VALUES).flatMap(fields)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const isScalar = typeof inner === 'string' || typeof inner === 'number'
    return isScalar ? (KEPT.test(name) ? [[name, inner] as const] : []) : fields(inner)
  })
}

/** A copy with values in the place of references; `fallback` where no value has been seen. */
export function withValues(pools: Pools, path: string, value: unknown, fallback: unknown = '1'): unknown {
  if (Array.isArray(value)) return value.map((item) => withValues(pools, path, item, fallback))
  if (typeof value !== 'object' || value === null) return value
  if ('$pool' in value && 'index' in value)
    return pools.pick(path, String(value.$pool), Number(value.index)) ?? fallback
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withValues(pools, path, inner, fallback)]),
  )
}
