import path from 'node:path'
import type { SourceFile } from './sources.ts'
import { withoutComments } from './sources.ts'

/**
 * What each layer may import of our own. `shared` is settings, config, errors and logger: they import nothing but each other,
 * core and libraries.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  async: ['async'],
  simulation: ['simulation', 'core'],
  shared: ['shared', 'core'],
  store: ['store', 'async', 'core', 'shared'],
  jobs: ['jobs', 'async', 'store', 'core', 'shared'],
  http: ['http', 'async', 'jobs', 'store', 'core', 'shared'],
  web: ['web', 'jobs', 'store', 'core', 'shared'],
  scripts: ['scripts', 'simulation', 'async', 'web', 'jobs', 'store', 'core', 'shared', 'wiring'],
  wiring: ['wiring', 'async', 'web', 'http', 'jobs', 'store', 'core', 'shared'],
}
const WIRING = ['src/main.ts', 'src/services.ts', 'src/training-process.ts', 'src/worker.ts']
/**
 * Libraries that only compute: `node:crypto` for its hashes, `standardwebhooks` to sign at a time it is given (its `verify`
 * reads the clock, and is for receivers), `ipaddr.js` to read addresses. Everything else is input or output.
 */
const PURE_LIBRARIES = [
  'node:crypto',
  'zod',
  'ml-matrix',
  'ml-logistic-regression',
  'luxon',
  'csv-parse',
  'tldts',
  'email-providers',
  'standardwebhooks',
  'ipaddr.js',
]

/** `core`, `store`, ... for a file under src or scripts. */
export function layerOf(name: string): string {
  if (WIRING.includes(name)) return 'wiring'
  const [top, folder, ...rest] = name.split('/')
  if (top !== 'src') return top ?? ''
  return rest.length === 0 ? 'shared' : (folder ?? '')
}

export function importsOf(text: string): readonly string[] {
  const found = withoutComments(text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g)
  return [...found].map((match) => match[2] ?? '')
}

/** Sentences naming each import that points the wrong way. */
export function findLayerBreaks(file: SourceFile): readonly string[] {
  const layer = layerOf(file.name)
  const allowed = ALLOWED[layer]
  if (!allowed) return [`${file.name} is in no layer: ${layer} is not one of ${Object.keys(ALLOWED).join(', ')}`]
  return importsOf(file.text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const pure = PURE_LIBRARIES.some((library) => specifier === library || specifier.startsWith(`${library}/`))
      return layer === 'core' && !pure ? [`${file.name} (core) imports ${specifier}`] : []
    }
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file.name), specifier))
    if (target.endsWith('.json')) return []
    return allowed.includes(layerOf(target)) ? [] : [`${file.name} (${layer}) imports ${target} (${layerOf(target)})`]
  })
}
