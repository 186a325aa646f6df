import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { completedPerson } from '../../../../src/core/facts/titles/complete-person.ts'
import { titleReader } from '../../../../src/core/facts/titles/read-title.ts'
import { TitleSpecification } from '../../../../src/core/facts/titles/title-specification.ts'

const specification = TitleSpecification.parse(JSON.parse(readFileSync('models/titles.json', 'utf8')))
const read = titleReader(specification)

interface Labelled {
  readonly title: string
  readonly seniority: string
  readonly department: string
  readonly buying_role: string
}

function labelled(name: string): readonly Labelled[] {
  return parse<Labelled>(readFileSync(`test/core/facts/titles/${name}.csv`, 'utf8'), { columns: true })
}

/** The share that is read as labelled; a title labelled unknown must be read as unknown. */
function shareRight(rows: readonly Labelled[], field: 'seniority' | 'department' | 'buying_role'): number {
  const right = rows.filter((row) => {
    const { seniority, department, buyingRole } = read(row.title)
    return ({ seniority, department, buying_role: buyingRole }[field] ?? '') === row[field]
  })
  return right.length / rows.length
}

describe('job titles in seven languages', () => {
  it.each(['labelled-titles', 'held-out-titles', 'second-held-out-titles'])('are read as %s says', (name) => {
    const rows = labelled(name)
    expect(rows.length).toBeGreaterThan(200)
    expect(shareRight(rows, 'seniority')).toBeGreaterThanOrEqual(0.97)
    expect(shareRight(rows, 'department')).toBeGreaterThanOrEqual(0.95)
    expect(shareRight(rows, 'buying_role')).toBeGreaterThanOrEqual(0.95)
  })

  it.each([
    ['Leiter/in Einkauf (m/w/d)', 'director', 'procurement', 'procurement'],
    ['Directeur·rice des achats', 'director', 'procurement', 'procurement'],
    ['VERTRIEBSLEITERIN', 'director', 'sales', 'influencer'],
    ['Indkøbschef', 'director', 'procurement', 'procurement'],
    ['采购经理', 'manager', 'procurement', 'procurement'],
    ['採購經理', 'manager', 'procurement', 'procurement'],
    ['C.T.O.', 'c_level', 'it', 'technical_decision_maker'],
    ['Vice-President, Sales', 'vp', 'sales', 'economic_decision_maker'],
    ['Product Manager', 'manager', 'product', 'influencer'],
  ])('%s is %s, %s, %s', (title, seniority, department, buyingRole) => {
    expect(read(title)).toEqual({ seniority, department, buyingRole })
  })

  it('an assistant of a chief executive is not a chief executive', () => {
    expect(read('Assistant to the CEO').seniority).toBe('individual')
    expect(read('VP Sales Assistant').seniority).toBe('individual')
  })

  it('a former role does not count, and neither does the company behind "at" is no department', () => {
    expect(read('former CEO')).toEqual({ seniority: null, department: null, buyingRole: null })
    expect(read('Sales Director; ex-CTO')).toMatchObject({ seniority: 'director', department: 'sales' })
    expect(read('Director at Marketing Finance GmbH')).toMatchObject({ seniority: 'director', department: null })
  })

  it('an unrecognised title is unknown', () => {
    for (const title of ['', ' ', 'Happiness magician', '???', '🙂', 'x'.repeat(5_000)])
      expect(read(title)).toEqual({ seniority: null, department: null, buyingRole: null })
    expect(read(null).seniority).toBeNull()
  })
})

describe('a person with missing fields', () => {
  const person = { title: 'Leiter Einkauf', seniority: null, department: null, buyingRole: null }

  it('is completed from the title; given fields win over it', () => {
    expect(completedPerson(person, specification)).toMatchObject({ seniority: 'director', buyingRole: 'procurement' })
    expect(completedPerson({ ...person, seniority: 'vp', buyingRole: 'user' }, specification)).toMatchObject({
      seniority: 'vp',
      department: 'procurement',
      buyingRole: 'user',
    })
  })

  it('has the role of the given department', () => {
    const given = { ...person, title: 'Manager', department: 'procurement' }
    expect(completedPerson(given, specification)).toMatchObject({ seniority: 'manager', buyingRole: 'procurement' })
  })
})

describe('models/titles.json', () => {
  it('refuses an undefined department, with its place', () => {
    const titles = [...specification.titles, { department: 'alchemy', words: ['alchemist'] }]
    const parsed = TitleSpecification.safeParse({ ...specification, titles })
    expect(parsed.error?.issues[0]?.message).toContain('unknown department "alchemy": expected one of')
    expect(parsed.error?.issues[0]?.path).toEqual(['titles', titles.length - 1, 'department'])
  })

  it('refuses a star in the middle of a phrase', () => {
    const titles = [{ seniority: 'c_level', words: ['chief * officer'] }]
    expect(TitleSpecification.safeParse({ ...specification, titles }).success).toBe(false)
  })
})
