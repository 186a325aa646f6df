import type { z } from 'zod'
import type { InlineAccount } from '../../../src/core/scoring/inline-account.ts'

const DAY_MS = 86_400_000

/** An active account, as a request describes it: three people, twenty activities, four topics. */
export function inlineAccount(nowMs: number): z.input<typeof InlineAccount> {
  const daysAgo = (days: number) => new Date(nowMs - days * DAY_MS).toISOString()
  return {
    name: 'Acme GmbH',
    attributes: { industry: 'software', employees: 420, country: 'DE', technologies: ['salesforce', 'snowflake'] },
    contacts: [
      { external_id: 'c1', seniority: 'vp', buying_role: 'economic_decision_maker' },
      { external_id: 'c2', seniority: 'director', buying_role: 'technical_decision_maker' },
      { external_id: 'c3', seniority: 'manager', buying_role: 'user' },
    ],
    activities: Array.from({ length: 20 }, (_, index) => ({
      kind: KINDS[index % KINDS.length] ?? '',
      occurred_at: daysAgo(1 + 4 * index),
      contact_external_id: `c${1 + (index % 3)}`,
    })),
    intent_signals: ['crm', 'analytics', 'forecasting', 'pipeline'].map((topic, index) => ({
      topic,
      strength: 40 + 10 * index,
      observed_at: daysAgo(3 + 7 * index),
    })),
  }
}

const KINDS = ['web_visit', 'pricing_page_visit', 'email_open', 'email_reply', 'webinar', 'demo_request', 'download']
