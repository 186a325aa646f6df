import type { DatabaseConfig } from '../../src/config.ts'
import type { Company } from './company.ts'
import type { Size } from './size.ts'

export interface BenchContext {
  readonly size: Size
  readonly database: DatabaseConfig
  /** For files that end with the run. */
  readonly folder: string
  /** The peer script that fits with scikit-learn, if there is one. */
  readonly peer: string | undefined
  /** Simulated and imported into a database of its own; made at the first use. */
  company(): Promise<Company>
  progress(message: string): void
}

/** One measured number, and beside it that of the reference in the same unit and from the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly reference?: { readonly name: string; readonly value: number }
  /** On the ratio to the reference, or on the value where there is none. */
  readonly goal?: { readonly at: 'least' | 'most'; readonly limit: number }
}

export interface Result {
  readonly figures: readonly Figure[]
  /** The machine, and the benchmarks left out with the reason. */
  readonly notes: readonly string[]
}

export interface Benchmark {
  readonly name: string
  readonly title: string
  run(context: BenchContext): Promise<Result>
}

export function ratioOf({ value, reference }: Figure): number | undefined {
  return reference && value / reference.value
}

export function isMet(figure: Figure): boolean | undefined {
  if (!figure.goal) return undefined
  const measured = figure.reference ? (ratioOf(figure) ?? Number.NaN) : figure.value
  return figure.goal.at === 'least' ? measured >= figure.goal.limit : measured <= figure.goal.limit
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

export async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Runs every contestant once a round, in turn, so that a busy moment of the machine meets all of them. @returns medians */
export async function interleaved<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(contestants) as Name[]
  const measured = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) measured.get(name)?.push(await contestants[name]())
  }
  return Object.fromEntries(names.map((name) => [name, quantile(measured.get(name) ?? [], 0.5)])) as Record<
    Name,
    number
  >
}
