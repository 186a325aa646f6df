import path from 'node:path'
import { importsOf } from './layers.ts'
import type { SourceFile } from './sources.ts'

/**
 * The rooms of each floor, in the order in which a fact travels: a room imports only rooms before it. `.` is what lies
 * directly in the floor's folder.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [
    'base',
    'statistics',
    'facts',
    'features',
    'training',
    'scoring',
    'evaluation',
    'qualification',
    'explanation',
    'delivery',
    'access',
  ],
  store: [
    'database',
    'features',
    'facts',
    'training',
    'evaluation',
    'registry',
    'scoring',
    'qualification',
    'delivery',
    'access',
  ],
  jobs: ['models', 'facts', 'registry', 'training', 'evaluation', 'qualification', 'scoring', 'delivery'],
  // `.`: the services that every room gets, and the scope of each route. `app` puts the rooms together.
  http: ['.', 'schemas', 'openapi', 'plugins', 'routes', 'app'],
}

export interface Graph {
  /** The files that each file imports, types included. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>
}

export function graphOf(files: readonly SourceFile[]): Graph {
  const names = new Set(files.map(({ name }) => name))
  const imports = files.map(({ name, text }): [string, ReadonlySet<string>] => {
    const targets = importsOf(text)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => path.posix.join(path.posix.dirname(name), specifier))
    return [name, new Set(targets.filter((target) => names.has(target) && target !== name))]
  })
  return { imports: new Map(imports) }
}

/** Floor and room of a file under `src`; undefined for one that lies on no floor with rooms. */
export function roomOf(name: string): { readonly floor: string; readonly room: string } | undefined {
  const [top, floor = '', ...rest] = name.split('/')
  if (top !== 'src' || !(floor in ROOMS)) return undefined
  if (name === 'src/http/app.ts') return { floor, room: 'app' }
  return { floor, room: rest.length > 1 ? rest[0]! : '.' }
}

export interface Arrow {
  readonly from: string
  readonly to: string
  /** `a.ts imports b.ts`. */
  readonly files: readonly string[]
  /** To a room that comes later, or from or to one that is not on the plan. */
  readonly isBack: boolean
}

/** The arrows between the rooms of a floor. */
export function arrowsOf({ imports }: Graph, floor: string): readonly Arrow[] {
  const order = ROOMS[floor] ?? []
  const found = new Map<string, { from: string; to: string; files: string[] }>()
  for (const [name, targets] of imports) {
    const own = roomOf(name)
    if (own?.floor !== floor) continue
    for (const target of targets) {
      const other = roomOf(target)
      if (other?.floor !== floor || other.room === own.room) continue
      const key = `${own.room} ${other.room}`
      const arrow = found.get(key) ?? { from: own.room, to: other.room, files: [] }
      arrow.files.push(`${name} imports ${target}`)
      found.set(key, arrow)
    }
  }
  return [...found.values()].map((arrow) => {
    const [from, to] = [order.indexOf(arrow.from), order.indexOf(arrow.to)]
    return { ...arrow, isBack: from < 0 || to < 0 || to > from }
  })
}

/** Groups of names that reach each other: the circles of a graph (Tarjan's strongly connected components). */
export function circlesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const index = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (name: string): void => {
    index.set(name, index.size)
    lowest.set(name, index.get(name)!)
    open.push(name)
    for (const target of edges.get(name) ?? []) {
      if (!index.has(target)) visit(target)
      if (open.includes(target)) lowest.set(name, Math.min(lowest.get(name)!, lowest.get(target)!))
    }
    if (lowest.get(name) !== index.get(name)) return
    const circle = open.splice(open.indexOf(name))
    if (circle.length > 1) circles.push(circle.toSorted())
  }
  for (const name of edges.keys()) if (!index.has(name)) visit(name)
  return circles
}

/** The rooms of a floor that reach each other. */
export function knotsOf(arrows: readonly Arrow[]): readonly (readonly string[])[] {
  const edges = new Map<string, Set<string>>()
  for (const { from, to } of arrows) edges.set(from, (edges.get(from) ?? new Set()).add(to))
  return circlesOf(edges)
}
