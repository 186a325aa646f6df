import { describe, expect, it } from 'vitest'
import { feedKey, feedStartsOf, mergeAttributes, mergeContact } from '../../../src/core/features/snapshot.ts'
import { at } from './support.ts'

const version = (source: string, attributes: Record<string, string | number | null>) => ({
  source,
  attributes,
  backfilled: false,
})

describe('attributes of several sources', () => {
  const versions = [
    version('zoom', { employees: 10, country: 'DE', region: 'EMEA' }),
    version('bought', { employees: 20, country: 'FR', owner: null }),
    version('enrichment', { employees: 30, industry: 'software' }),
    version('crm', { employees: null, industry: null, owner: 'Ann' }),
  ]

  it('the source named first takes precedence, others follow in text order, and an unknown value hides none', () => {
    expect(mergeAttributes(versions, ['crm', 'enrichment'])).toEqual({
      employees: 30,
      industry: 'software',
      country: 'FR',
      region: 'EMEA',
      owner: 'Ann',
    })
  })

  it('do not depend on the order of the versions', () => {
    expect(mergeAttributes(versions.toReversed(), ['zoom'])).toEqual(mergeAttributes(versions, ['zoom']))
    expect(mergeAttributes(versions, ['zoom'])).toMatchObject({ employees: 10, industry: 'software' })
  })

  it('are empty without a source', () => {
    expect(mergeAttributes([], ['crm'])).toEqual({})
  })
})

describe('feed starts', () => {
  it('a kind begins with the first fact of any kind of the earliest source that feeds it', () => {
    // The example of the docstring: visits since January, the first form in May; and a second source of forms.
    const starts = feedStartsOf([
      { fact: 'activity', source: 'web', kind: 'visit', firstAt: at('2024-01-10') },
      { fact: 'activity', source: 'web', kind: 'form', firstAt: at('2024-05-03') },
      { fact: 'activity', source: 'marketing', kind: 'form', firstAt: at('2024-02-01') },
      { fact: 'activity', source: 'marketing', kind: 'webinar', firstAt: at('2024-06-01') },
      { fact: 'business_event', source: 'web', kind: 'funding', firstAt: at('2023-01-01') },
    ])
    expect(Object.fromEntries(starts.activity)).toMatchObject({
      visit: at('2024-01-10'),
      form: at('2024-01-10'),
      webinar: at('2024-02-01'),
      '*': at('2024-01-10'),
    })
    expect(Object.fromEntries(starts.business_event)).toMatchObject({
      funding: at('2023-01-01'),
      '*': at('2023-01-01'),
    })
    expect(starts.intent_signal.size).toBe(0)
    // What one source alone tells: marketing's forms since its own first fact.
    expect(starts.activity.get(feedKey('marketing', 'form'))).toBe(at('2024-02-01'))
    expect(starts.activity.get(feedKey('web', '*'))).toBe(at('2024-01-10'))
    expect(starts.activity.get(feedKey('web', 'webinar'))).toBeUndefined()
  })
})

describe('a person of several sources', () => {
  const nobody = { name: null, title: null, seniority: null, department: null, buyingRole: null }
  const crm = { ...nobody, source: 'crm', isHere: true, backfilled: false, title: 'Buyer' }

  it('stays at the account of the preferred source, even if a newer row of another source has none', () => {
    const silent = {
      ...nobody,
      source: 'enrichment',
      isHere: null,
      backfilled: true,
      title: 'Head of Purchasing',
      seniority: 'director',
    }
    expect(mergeContact(7, 'ann', [crm, silent], ['crm'])).toEqual({
      key: 7,
      externalId: 'ann',
      ...nobody,
      title: 'Buyer',
      seniority: 'director',
    })
    expect(mergeContact(7, 'ann', [crm, silent], ['enrichment'])?.title).toBe('Head of Purchasing')
  })

  it('leaves the account when the preferred source names another', () => {
    const elsewhere = { ...nobody, source: 'enrichment', isHere: false, backfilled: false }
    expect(mergeContact(7, 'ann', [crm, elsewhere], ['enrichment', 'crm'])).toBeUndefined()
    expect(mergeContact(7, 'ann', [crm, elsewhere], ['crm', 'enrichment'])?.externalId).toBe('ann')
  })

  it('belongs to no account if no source names one', () => {
    expect(mergeContact(7, 'ann', [{ ...nobody, source: 'crm', isHere: null, backfilled: false }], [])).toBeUndefined()
  })
})
