import { describe, expect, it } from 'vitest'
import { unknownPlaybookNames } from '../../../../src/core/qualification/playbook/check-names.ts'
import type { Vocabulary } from '../../../../src/core/features/check-specification.ts'
import { Playbook } from '../../../../src/core/qualification/playbook/playbook.ts'
import { defaultPlaybook } from './support.ts'

const RULE = {
  name: 'mail',
  channel: 'direct_mail',
  audience: 'account',
  when: { stage: ['awareness'] },
  do: 'Write to {account}',
  message: '{topic}',
  expires_after_days: 5,
  cool_down_days: 10,
}
const parse = (...rules: readonly object[]) => Playbook.safeParse({ topic_otherwise: 'x', rules })
const problemsOf = (changes: object, ...others: readonly object[]) =>
  parse({ ...RULE, ...changes }, ...others).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
const NOTHING: Vocabulary = { fields: [], activityKinds: [], businessEventKinds: [], topics: [] }
const namesOf = (when: object, observed = NOTHING) => {
  const playbook = Playbook.parse({ topic_otherwise: 'x', rules: [{ ...RULE, when }] })
  return unknownPlaybookNames(playbook, observed).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a playbook', () => {
  it('is accepted if it is valid', () => {
    expect(parse(RULE).success).toBe(true)
    expect(unknownPlaybookNames(defaultPlaybook, NOTHING)).toEqual([])
  })

  it.each([
    [{ when: { stage: ['decison'] } }, 'rules.0.when.stage.0: unknown stage "decison"; did you mean decision?'],
    [{ channel: 'direct_mial' }, 'rules.0.channel: unknown channel "direct_mial"; did you mean direct_mail?'],
    [
      { when: { missing_role: ['procurment'] } },
      'rules.0.when.missing_role.0: unknown role "procurment"; did you mean procurement?',
    ],
    [
      { audience: 'everyone' },
      'rules.0.audience: unknown audience "everyone": expected one of account, missing_role, silent_role, person_to_call',
    ],
    [
      { when: { qualification: ['claim'] } },
      'rules.0.when.qualification.0: unknown qualification state "claim"; did you mean claimed?',
    ],
    [{ when: {} }, 'rules.0.when: must have a condition: without one the rule would fire for every account'],
    [{ do: 'Tell {acount}' }, 'rules.0.do: unknown placeholder "{acount}"; did you mean account?'],
    [{ do: 'Call {person}' }, 'rules.0.do: {person} may have no value in this rule'],
    [{ audience: 'missing_role' }, 'rules.0.audience: missing_role needs when.missing_role with the roles'],
    [{ cool_down_days: 4 }, 'rules.0.cool_down_days: must be at least expires_after_days (5), got 4'],
    [{ instead_of: 'mial' }, 'rules.0.instead_of: no earlier rule is named "mial"'],
    [
      { when: { days_since_contact: { at_least: 9, at_most: 3 } } },
      'rules.0.when.days_since_contact: at_least must not exceed at_most',
    ],
    [{ whem: {} }, 'rules.0: Unrecognized key: "whem"'],
    [
      { when: { grades: { account_fit: ['E'] } } },
      'rules.0.when.grades.account_fit.0: unknown grade "E"; did you mean A or B or C?',
    ],
  ])('is refused, with the place and the nearest names, for %j', (changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem])
  })

  it('requires different rule names', () => {
    expect(problemsOf({}, RULE)).toEqual(['rules.1.name: another rule is named "mail"'])
  })

  it('names only known activities, business events and topics', () => {
    expect(namesOf({ buyer_activity: { kinds: ['demo_reqest'], within_days: 9 } })).toEqual([
      'rules.0.when.buyer_activity.kinds.0: unknown activity kind "demo_reqest"; did you mean demo_request?',
    ])
    expect(namesOf({ business_event: { kinds: ['merger'], within_days: 9 } })).toEqual([
      'rules.0.when.business_event.kinds.0: unknown business event kind "merger"; no known name is similar',
    ])
    const topics = { ...NOTHING, topics: ['data_integration', 'crm'] }
    expect(namesOf({ surging_topic: ['data integrations'] }, topics)).toEqual([
      'rules.0.when.surging_topic.0: unknown topic "data integrations"; did you mean data_integration?',
    ])
    expect(namesOf({ surging_topic: ['crm'] }, topics)).toEqual([])
    expect(namesOf({ surging_topic: ['anything'] })).toEqual([])
  })
})
