import type { Kysely } from 'kysely'
import type { BuyingGroup } from '../../core/scoring/people/buying-group.ts'
import { holdsOf, standingOf } from '../../core/qualification/playbook/decide-actions.ts'
import { evaluateRules, type RuleResult } from '../../core/qualification/playbook/evaluate-rules.ts'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import { situationOf } from '../../core/qualification/playbook/situation.ts'
import { factsOf } from '../../core/qualification/account-facts.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import { isInControlGroup } from '../../core/qualification/state.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { listHistories } from '../../store/qualification/actions.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { listStates } from '../../store/qualification/motion-states.ts'
import { listBuyingGroups } from '../qualification/buying-groups.ts'
import { scoreWithSnapshot } from './score.ts'

export interface EvaluatedAccount {
  readonly name: string
  readonly group: BuyingGroup
  /** What every rule says of it, in the order of the playbook. */
  readonly results: readonly RuleResult[]
}

/** What the playbook says of an account by what is known before `now`; nothing is stored. Undefined when it is not known. */
export async function previewActions(
  db: Kysely<Database>,
  model: LoadedModel,
  { policy, playbook }: { readonly policy: Policy; readonly playbook: Playbook },
  accountId: number,
  now: Instant,
): Promise<EvaluatedAccount | undefined> {
  return await inSnapshot(db, async (view) => {
    const found = await scoreWithSnapshot(view, model, playbook, accountId, now)
    const [group] = found ? await listBuyingGroups(view, model, [found.snapshot], now) : []
    if (!found || !group) return undefined
    const { score, snapshot } = found
    const facts = factsOf(snapshot, policy, model.featureSet.lookback.sourcePrecedence)
    const states = (await listStates(view, accountId)).map(({ state }) => state)
    const inControlGroup = policy.holdout.share > 0 && states.some((state) => isInControlGroup(state, now))
    const standing = standingOf(score, facts)
    const results = evaluateRules(playbook, {
      standing,
      situation: situationOf(snapshot, playbook),
      group,
      states: states.map(({ state }) => state),
      holds: holdsOf(states, facts.excludedBy, inControlGroup),
      history: (await listHistories(view, [accountId])).get(accountId) ?? new Map(),
      asOf: now,
    })
    return { name: standing.accountName, group, results }
  })
}
