import { expect, it } from 'vitest'
import { checkFacts } from '../../../../src/core/qualification/playbook/conditions.ts'
import { Playbook } from '../../../../src/core/qualification/playbook/playbook.ts'
import { situationOf } from '../../../../src/core/qualification/playbook/situation.ts'
import { event, signal, snapshotOf } from '../../features/support.ts'
import { accountOf, defaultPlaybook } from './support.ts'

it('lists surging topics before stronger topics that do not surge', () => {
  const { topics } = situationOf(
    snapshotOf({
      intentSignals: [
        signal('crm', 5, 80),
        signal('crm', 40, 80),
        // 30 against 20 before: half as much again is a surge.
        signal('etl', 5, 30),
        signal('etl', 40, 20),
        signal('bi', 5, 29),
        signal('bi', 40, 20),
        signal('new', 20, 10),
        signal('old', 21, 90),
      ],
    }),
    defaultPlaybook,
  )
  expect(topics).toEqual([
    { topic: 'etl', surging: true },
    { topic: 'new', surging: true },
    { topic: 'crm', surging: false },
    { topic: 'bi', surging: false },
  ])
})

it('counts the days since contact from touches of sales only', () => {
  const situation = situationOf(
    snapshotOf({ reach: [event('newsletter', 1), event('sales_call', 20), event('sales_email', 9)] }),
    defaultPlaybook,
  )
  const holds = (days: object, of = situation) => {
    const [rule] = Playbook.parse({
      topic_otherwise: 'x',
      rules: [
        {
          name: 'one',
          channel: 'direct_mail',
          audience: 'account',
          when: { days_since_contact: days },
          do: 'x',
          message: 'x',
          expires_after_days: 1,
          cool_down_days: 1,
        },
      ],
    }).rules
    return rule && checkFacts(rule, defaultPlaybook, accountOf().standing, of).map((finding) => finding.holds)
  }
  expect(holds({ at_least: 9 })).toEqual([true])
  expect(holds({ at_least: 10 })).toEqual([false])
  expect(holds({ at_most: 9 })).toEqual([true])
  const never = situationOf(snapshotOf({ reach: [event('newsletter', 1)] }), defaultPlaybook)
  expect(holds({ at_least: 365 }, never)).toEqual([true])
  expect(holds({ at_most: 365 }, never)).toEqual([false])
})
