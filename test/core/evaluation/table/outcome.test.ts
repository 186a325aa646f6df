import { describe, expect, it } from 'vitest'
import { isWon, type MadeRow, madeDeals, type MadeTable, withColumn } from './made-tables.ts'
import { read, refusal } from './support.ts'

/** The deals with their outcome in another column and in other words. */
function withOutcome(name: string, won: string, lost: string, seed = 1): MadeTable {
  const made = withColumn(madeDeals({ seed }), name === 'Status' ? 'Other' : name, (row) => (isWon(row) ? won : lost))
  return { ...made, header: made.header.filter((column) => column !== 'Status') }
}

const decisions = (made: MadeTable, stated: Parameters<typeof read>[1] = {}) => {
  const { outcome } = read(made, stated)
  return [outcome.won.map(({ value }) => value), outcome.lost.map(({ value }) => value)]
}

describe('the outcome', () => {
  it.each([
    ['Stage', 'Closed Won', 'Closed Lost'],
    ['dealstage', 'closedwon', 'closedlost'],
    ['Deal Stage', '7. Won - signed', '0. Lost'],
    ['State', 'Won', 'Lost'],
    ['Phase', 'Geschlossen – gewonnen', 'Geschlossen – verloren'],
    ['Verkaufsphase', 'Gewonnen', 'Verloren'],
    ['Étape', 'Gagné', 'Perdu'],
    ['Etapa', 'Ganado', 'Perdido'],
    ['Lead Status', 'Converted', 'Disqualified'],
    ['won', '1', '0'],
    ['Is Won', 'Yes', 'No'],
    ['IsWon', 'TRUE', 'FALSE'],
    ['deal_won_flag', '1', '0'],
    ['Has Converted', 'y', 'n'],
    ['Gewonnen', 'Ja', 'Nein'],
    ['converted', 'true', 'false'],
    ['Result', 'won', 'not won'],
  ])('%s: %s and %s are read without being stated', (name, won, lost) => {
    expect(decisions(withOutcome(name, won, lost))).toEqual([[won], [lost]])
  })

  it('other stages are open, and counted', () => {
    const { header, rows } = madeDeals({ seed: 1 })
    const open = rows
      .slice(0, 70)
      .map((row, index): MadeRow => (index % 7 === 0 ? { ...row, Status: 'Negotiation' } : row))
    const answer = read({ header, rows: open })
    expect(answer.open).toBe(10)
    expect(answer.outcome.open).toEqual([{ column: 'Status', value: 'Negotiation', rows: 10 }])
  })

  it('what is not closed is open where a column says so', () => {
    const made = withColumn(withOutcome('Is Won', 'true', 'false'), 'Is Closed', (row, index) =>
      isWon(row) || index % 2 === 0 ? 'true' : 'false',
    )
    const answer = read(made)
    expect(answer.open).toBe(made.rows.slice(0, 70).filter((row, index) => !isWon(row) && index % 2 === 1).length)
    expect(answer.outcome.why).toContain('open where Is Closed is no')
  })

  it('is asked for by name where two columns differ', () => {
    const made = withColumn(madeDeals({ seed: 1 }), 'Previous Result', (_, index) => (index % 2 === 0 ? 'Won' : 'Lost'))
    expect(refusal(made)).toBe(
      'Status and Previous Result could both say what was won, and they differ. Say which: --won "Status=Closed Won" or --won "Previous Result=Won"',
    )
    expect(decisions(made, { won: ['status=closed won'] })).toEqual([['Closed Won'], ['Closed Lost']])
  })

  it('that no column has lists the candidates and their values', () => {
    const made = withOutcome('Grade', 'A', 'B')
    const message = refusal(made)
    expect(message).toContain('No column says which rows were won')
    expect(message).toMatch(/Grade: "[AB]" \(\d+\), "[AB]" \(\d+\)/)
    expect(decisions(made, { won: ['Grade=A'] })).toEqual([['A'], ['B']])
  })
})

describe('a stated outcome', () => {
  const phases = withColumn(madeDeals({ seed: 1 }), 'Phase', (row, index) =>
    isWon(row) ? 'Kunde' : (['Absage', 'Angebot', 'Pause'][index % 3] ?? ''),
  )

  it('takes several values, and the others are open', () => {
    const stated = { won: ['Phase=Kunde'], lost: ['Phase=Absage', 'Phase=Pause'] }
    expect(decisions(phases, stated)).toEqual([['Kunde'], ['Absage', 'Pause']])
    expect(read(phases, stated).outcome.open.map(({ value }) => value)).toEqual(['Angebot'])
  })

  it('asks which values are lost where several could be', () => {
    expect(refusal(phases, { won: ['Phase=Kunde'] })).toContain('which values of Phase are lost?')
  })

  it('names a column with an equals sign', () => {
    const made = withColumn(madeDeals({ seed: 1 }), 'a=b', (row) => (isWon(row) ? 'x=y' : 'z'))
    expect(decisions(made, { won: ['a=b=x=y'] })).toEqual([['x=y'], ['z']])
  })

  it.each([
    [{ won: ['Status'] }, '--won must be COLUMN=VALUE, got "Status"'],
    [{ won: ['Staus=Closed Won'] }, '--won: the table has no column "Staus"; did you mean Status?'],
    [{ won: ['Status=Closed Wun'] }, '--won: no row has "Closed Wun" in Status; it holds '],
    [{ lost: ['Status=Closed Lost'] }, '--lost alone does not say which rows were won'],
    [{ won: ['Status=Closed Won'], lost: ['Status=Closed Won'] }, 'Status=Closed Won is given as won and as lost'],
    [{ id: 'Dael ID' }, '--id: the table has no column "Dael ID"; did you mean Deal ID?'],
    [{ date: 'Industry' }, '--date: Industry does not hold dates, but for example "'],
    [{ points: 'Industry' }, '--points: Industry does not hold numbers, but for example "'],
  ])('%j is refused with what is wrong', (stated, message) => {
    expect(refusal(madeDeals({ seed: 1 }), stated)).toContain(message)
  })
})
