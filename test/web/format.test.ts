import { describe, expect, it } from 'vitest'
import { count, day, decimal, inWords, list, percent, sentence, times } from '../../src/web/format.ts'
import { html, toHtml, trusted } from '../../src/web/html.ts'
import { coefficientSentence } from '../../src/web/sections/model-parts.ts'

/** Figures and their units stay on one line. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('figures', () => {
  it('are written with a true minus sign, and zero without one', () => {
    expect([decimal(-0.0461), decimal(0.5, 1), decimal(-0.0001), decimal(null)]).toEqual([
      '−0.046',
      '0.5',
      '0.000',
      'not defined',
    ])
  })

  it('are percentages with one more digit below ten', () => {
    expect([0.206, 0.0821, 0.05, 0, 1, null].map((share) => plain(percent(share)))).toEqual([
      '21%',
      '8.2%',
      '5%',
      '0%',
      '100%',
      'not defined',
    ])
  })

  it('come with their interval where they have one', () => {
    expect(plain(inWords({ value: 0.206, low: 0.159, high: 0.237 }, percent))).toBe('21% (95% interval 16% to 24%)')
    expect(inWords({ value: 0.021, low: null, high: null }, decimal)).toBe('0.021')
  })

  it('are grouped by thousands', () => {
    expect([count(1204), plain(times(2.06))]).toEqual(['1,204', '2.1 ×'])
  })
})

describe('words', () => {
  it('are sentences, lists and days', () => {
    expect(sentence('every fold has a model')).toBe('Every fold has a model.')
    expect([list([]), list(['a']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
    expect([day('2024-10-01T00:00:00.000000Z'), day('soon'), day(null)]).toEqual(['1 October 2024', 'soon', 'none'])
  })

  it('tell what a coefficient does to the odds', () => {
    const one = { column: 'a', feature: 'a', family: 'intent', same_sign_folds: 6, folds: 6 } as const
    // exp(0.2877) = 1.333, exp(0.1823) = 1.2, exp(0.4055) = 1.5
    expect(plain(coefficientSentence({ ...one, coefficient: 0.2877, low: 0.1823, high: 0.4055 }))).toBe(
      'Raises the odds by 33% (20% to 50%)',
    )
    // exp(-0.2877) = 0.75, exp(-0.5108) = 0.6, exp(-0.1054) = 0.9
    expect(plain(coefficientSentence({ ...one, coefficient: -0.2877, low: -0.5108, high: -0.1054 }))).toBe(
      'Lowers the odds by 25% (10% to 40%)',
    )
    expect(plain(coefficientSentence({ ...one, coefficient: 0.1054, low: -0.2231, high: 0.4055 }))).toBe(
      'No significant effect on the odds: −20% to +50%',
    )
  })
})

describe('templates', () => {
  it('escape every value that is not HTML already', () => {
    expect(toHtml(html`<p title="${'"'}">${'<b> & c'}${trusted('<i>')}${null}${[1, html`<br>`]}</p>`)).toBe(
      '<p title="&quot;">&lt;b&gt; &amp; c<i>1<br></p>',
    )
  })
})
