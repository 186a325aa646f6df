import type { Random } from '../../src/core/base/random.ts'
import type { ReceivedKind } from '../../src/store/facts/import/received.ts'

export type Rows = Readonly<Partial<Record<ReceivedKind, readonly object[]>>>

/** A company's rows of every kind that wait for one another, each key once. */
export function ingestRows(random: Random, accounts: number): Rows {
  const numbers = Array.from({ length: accounts }, (_, index) => index)
  const some = () => Math.floor(random.next() * accounts)
  const day = () => `2026-0${1 + Math.floor(random.next() * 9)}-1${Math.floor(random.next() * 9)}T08:00:00Z`
  return {
    accounts: numbers.map((n) => ({ external_id: `a${n}`, domain: [`a${n}.com`], employees: n, attributes: { n } })),
    contacts: numbers.flatMap((n) =>
      [0, 1].map((place) => ({
        external_id: `c${n}-${place}`,
        account_external_id: `a${n}`,
        email: `p${place}@a${n}.com`,
      })),
    ),
    activities: numbers.flatMap((n) =>
      Array.from({ length: 8 }, (_, place) => ({
        source_id: `v${n}-${place}`,
        kind: place % 3 === 0 ? 'pricing_page_visit' : 'visit',
        occurred_at: day(),
        initiated_by: 'buyer',
        ...wayTo(place, some()),
      })),
    ),
    'intent-signals': numbers
      .map((n) => ({
        provider: 'p',
        topic: 't',
        domain: `sub.a${some()}.com`,
        period_start: '2026-01-05',
        period_end: '2026-01-11',
        strength: n % 100,
      }))
      .filter((row, index, all) => all.findIndex(({ domain }) => domain === row.domain) === index),
    opportunities: numbers.map((n) => ({
      external_id: `o${n}`,
      account_external_id: `a${some()}`,
      opened_at: '2026-01-15T00:00:00Z',
      ...(n % 3 === 0
        ? { outcome: 'won', closed_at: '2026-03-15T00:00:00Z', amount: n, currency: 'EUR' }
        : { outcome: 'open' }),
    })),
  }
}

function wayTo(place: number, account: number): object {
  if (place % 4 === 0) return { account_external_id: `a${account}` }
  if (place % 4 === 1) return { contact_external_id: `c${account}-0` }
  return place % 4 === 2 ? { email: `p1@a${account}.com` } : { domain: `www.shop.a${account}.com` }
}
