import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { type Figure, isMet, ratioOf, type Result } from './benchmark.ts'
import type { Size } from './size.ts'

export interface Report {
  readonly size: Size
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memory_gib: number }
  readonly versions: Readonly<Record<string, string>>
  readonly benchmarks: readonly (Result & { readonly name: string; readonly title: string; readonly seconds: number })[]
}

export function describeMachine(): Report['machine'] {
  const [first] = cpus()
  return { cpu: first?.model ?? 'unknown', cores: cpus().length, memory_gib: Math.round(totalmem() / 1024 ** 3) }
}

const PACKAGES = ['fastify', 'zod', 'kysely', 'pg', 'csv-parse', 'pg-copy-streams', 'ml-logistic-regression']

export async function readVersions(pool: Pool): Promise<Report['versions']> {
  const root = path.resolve(import.meta.dirname, '../..')
  const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
  const { rows } = await pool.query<{ server_version: string }>('show server_version')
  return {
    winrate: read('package.json').version,
    node: process.versions.node,
    postgresql: rows[0]?.server_version ?? 'unknown',
    ...Object.fromEntries(PACKAGES.map((name) => [name, read(`node_modules/${name}/package.json`).version])),
  }
}

export function toMarkdown({ size, machine, versions, benchmarks }: Report): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB. Size: ${size}.`,
    '',
    `Versions: ${used.join(', ')}.`,
    ...benchmarks.flatMap(({ name, title, figures, notes }) => [
      '',
      `## ${name}`,
      '',
      `${title}.`,
      '',
      '| | measured | reference | ratio | goal |',
      '|---|---|---|---|---|',
      ...figures.map(toRow),
      ...notes.flatMap((note) => ['', note]),
    ]),
    '',
  ].join('\n')
}

function toRow(figure: Figure): string {
  const { name, value, unit, reference, goal } = figure
  const ratio = ratioOf(figure)
  const limit =
    goal && `at ${goal.at} ${goal.limit}${reference ? '' : ` ${unit}`}: ${isMet(figure) ? 'met' : '**missed**'}`
  const beside = reference ? `${rounded(reference.value)} ${unit}, ${reference.name}` : ''
  return `| ${name} | ${rounded(value)} ${unit} | ${beside} | ${ratio === undefined ? '' : rounded(ratio)} | ${limit ?? ''} |`
}

/** Three digits say as much as such a measurement can. */
function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}
