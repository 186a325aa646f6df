import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderBacktestReport } from '../../src/web/backtest-report.ts'
import type { ReportInput } from '../../src/web/report-input.ts'
import { cardOf } from '../../src/web/sections/model-card.ts'
import { verdictSentence } from '../../src/web/sections/verdict.ts'
import { emptyReport, modelReport, replayExample } from './report-example.ts'

const report = modelReport('signal_dies', 'win')
const input: ReportInput = {
  ...emptyReport(),
  models: [report],
  policyReplay: replayExample(),
  verdict: report.verdict,
}
const page = await renderBacktestReport(input)
const empty = await renderBacktestReport({ ...emptyReport(), models: [] })

describe('the backtest report', () => {
  it('is the same text every time', async () => {
    expect(await renderBacktestReport(input)).toBe(page)
  })

  it('allows its style sheet by hash, and nothing else', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    )
    expect(page).not.toMatch(/<script|<link|<img|<iframe| style=| on[a-z]+=|javascript:|url\(|@import/)
    expect([...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target?.[0])).toSatisfy(
      (starts: readonly string[]) => starts.every((start) => start === '#'),
    )
  })

  it('escapes what comes from the data', () => {
    expect(page).toContain('finance &lt;&amp; insurance&gt;')
    expect(page).not.toContain('<& insurance>')
  })

  it('has a title and a description with numbers for each figure', () => {
    const pictures = [...page.matchAll(/<svg viewBox="[^"]*" role="img" aria-labelledby="(\S+) (\S+)">(.*?)<\/svg>/gs)]
    expect(pictures.map(([, title]) => title)).toEqual([
      'replay-title',
      'gain-win-title',
      'lift-win-title',
      'roc-win-title',
      'reliability-win-title',
      'coefficients-win-title',
    ])
    for (const [, title, description, inside] of pictures) {
      expect(inside).toMatch(
        new RegExp(`<title id="${title}">[^<]+</title><desc id="${description}">[^<]*\\d[^<]*</desc>`),
      )
      expect(inside).not.toMatch(/NaN|Infinity|undefined/)
    }
  })

  it('has each id once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows every condition as passed or failed', () => {
    const failed = report.reasons.filter(({ passed }) => !passed).length
    expect(failed).toBeGreaterThan(0)
    expect(page.match(/✗ failed/g)).toHaveLength(failed)
    expect(page.match(/✓ passed/g)).toHaveLength(report.reasons.length - failed)
  })

  it('states what is missing', () => {
    for (const sentence of [
      'There is no policy replay',
      'No model was evaluated.',
      'Readiness was not evaluated.',
      'The audit found none',
    ])
      expect(empty).toContain(sentence)
  })

  it('shows no NaN, undefined or null', () => {
    for (const text of [page, empty]) expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object/)
  })
})

describe('the verdict', () => {
  it('names the conditions that failed', () => {
    const failed = report.reasons.filter(({ passed }) => !passed)
    expect(verdictSentence({ ...input, verdict: 'not_proven' })).toContain(
      `Do not rely on this version yet. ${failed.length} of ${report.reasons.length} conditions failed: `,
    )
  })

  it('says how many outcomes there are and how many are needed', () => {
    expect(verdictSentence(emptyReport())).toBe(
      'The data are not sufficient for a verdict: 13 won and 39 lost rows with a complete label window; 40 won and 40 lost are needed.',
    )
  })
})

describe('the model card', () => {
  const nine = [
    'Model details',
    'Intended use',
    'Factors',
    'Metrics',
    'Evaluation data',
    'Training data',
    'Quantitative analyses',
    'Ethical considerations',
    'Caveats and recommendations',
  ]

  it.each([
    ['a full report', input],
    ['a refused one', emptyReport()],
    ['one without models', { ...emptyReport(), models: [] }],
  ])('has nine sections, and no field of %s is empty', (_, own) => {
    const card = cardOf(own)
    expect(card.map(({ title }) => title)).toEqual(nine)
    for (const { fields } of card) {
      expect(fields.length).toBeGreaterThan(2)
      for (const { name, value } of fields) expect(`${name}: ${value}`).toMatch(/^[^:]+: \S.{3,}/)
    }
  })
})
