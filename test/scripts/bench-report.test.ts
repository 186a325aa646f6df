import { describe, expect, it } from 'vitest'
import { type Figure, interleaved, isMet, quantile, ratioOf } from '../../scripts/bench/benchmark.ts'
import { toMarkdown } from '../../scripts/bench/report.ts'

const figure: Figure = {
  name: 'rows',
  value: 30_000,
  unit: 'rows/s',
  reference: { name: 'COPY', value: 80_000 },
  goal: { at: 'least', limit: 0.5 },
}

describe('a benchmark', () => {
  it('is compared by the ratio to its reference, or by its value where there is none', () => {
    expect(ratioOf(figure)).toBe(0.375)
    expect(isMet(figure)).toBe(false)
    expect(isMet({ ...figure, goal: { at: 'least', limit: 0.375 } })).toBe(true)
    expect(isMet({ name: 'peak', value: 280, unit: 'MiB', goal: { at: 'most', limit: 300 } })).toBe(true)
    expect(isMet({ name: 'peak', value: 280, unit: 'MiB' })).toBeUndefined()
  })

  it('takes turns with its reference, and the median counts', async () => {
    const turns: string[] = []
    const measured = [3, 9, 1]
    const contestant = (name: string, seconds: () => number) => async () => {
      turns.push(name)
      return seconds()
    }
    const medians = await interleaved(3, {
      ours: contestant('ours', () => measured.shift() ?? 0),
      copy: contestant('copy', () => 2),
    })
    expect(medians).toEqual({ ours: 3, copy: 2 })
    expect(turns).toEqual(['ours', 'copy', 'ours', 'copy', 'ours', 'copy'])
    expect([quantile([4, 1, 3, 2], 0.5), quantile([5], 0.99)]).toEqual([3, 5])
  })

  it('is reported with the machine, the versions and what missed its goal', () => {
    const text = toMarkdown({
      size: 'small',
      machine: { cpu: 'Abacus', cores: 2, memory_gib: 8 },
      versions: { node: '24.0.0', postgresql: '18.4' },
      benchmarks: [{ name: 'import', title: 'Importing', seconds: 1, figures: [figure], notes: ['A note.'] }],
    })
    expect(text).toContain('Machine: Abacus, 2 cores, 8 GiB. Size: small.')
    expect(text).toContain('Versions: node 24.0.0, postgresql 18.4.')
    expect(text).toContain('| rows | 30,000 rows/s | 80,000 rows/s, COPY | 0.375 | at least 0.5: **missed** |')
    expect(text).toContain('\n\nA note.')
  })
})
