// Three days with Winrate, through the generated client: the CRM's, the data team's and the BDR's.
//   npm run demo            (in the project; prints the first API key)
//   WINRATE_API_KEY=wrk_… node days.ts    (on Node 24)
import { setTimeout as wait } from 'node:timers/promises'
import { ProblemError } from './call.ts'
import {
  claimAccount,
  createScores,
  createTrainingRun,
  getAccountExplanation,
  getModelReport,
  getTrainingRun,
  listQualifiedAccounts,
  promoteModel,
  reportContact,
  sendAccounts,
  sendActivities,
} from './generated/winrate.ts'

const TRAINING_SECONDS = Number(process.env['TRAINING_SECONDS'] ?? 900)
const POLL_MS = 2000

await crmDay()
await bdrDay()
await dataTeamDay()

/** Facts as they happen, and a score with its reasons the moment that somebody opens the account. */
async function crmDay(): Promise<void> {
  console.log('The CRM')
  const row = {
    external_id: 'client-1',
    name: 'Example GmbH',
    domain: ['client-example.com'],
    industry: 'software',
    employees: 420,
  }
  const accounts = await sendAccounts({ rows: [row] }, {}, named('client-account-1'))
  const visit = {
    source: 'website',
    source_id: 'client-visit-1',
    kind: 'pricing_page_visit',
    occurred_at: new Date(Date.now() - 60_000).toISOString(),
    initiated_by: 'buyer' as const,
    domain: 'client-example.com',
  }
  const activities = await sendActivities({ rows: [visit] })
  console.log(`  sent: account ${accounts.results[0]?.status}, visit ${activities.results[0]?.status}`)
  const { results } = await createScores({ accounts: [{ external_id: 'client-1' }] })
  for (const result of results) {
    if (result.status !== 'scored') console.log(`  ${result.status}: ${result.detail}`)
    else {
      console.log(`  ${result.score.account_name}: ${percent(result.score.qualified_probability)} to buy`)
      for (const { sentence } of result.score.reasons.slice(0, 3)) console.log(`    ${sentence}`)
    }
  }
}

/** The list, why the first account is on it, and the word that somebody works it. */
async function bdrDay(): Promise<void> {
  console.log('The BDR')
  const { accounts } = await listQualifiedAccounts({ limit: 5 })
  for (const account of accounts) console.log(`  ${account.name}: ${percent(account.qualified_probability)}`)
  const [first] = accounts
  if (!first) return console.log('  nobody is on the list today')
  const { explanation } = await getAccountExplanation(first.account_id)
  console.log(`  why ${first.name}: ${explanation.score.reasons[0]?.sentence ?? 'nothing stands out'}`)
  // A key that many share says with each request who acts; the demo's key acts as itself.
  const name = process.env['WINRATE_ACTOR']
  const actor = name === undefined ? {} : { headers: { 'winrate-actor': encodeURIComponent(name) } }
  try {
    const claimed = await claimAccount(first.account_id, {}, actor)
    const contacted = await reportContact(first.account_id, {}, actor)
    console.log(`  ${claimed.state} by ${claimed.owner}, then ${contacted.state}`)
  } catch (error) {
    // Two may reach for the same account: one of them has it.
    if (!(error instanceof ProblemError) || error.status !== 409) throw error
    console.log(`  not ours: ${error.message}`)
  }
}

/** A new version from today's facts, its proof, and its promotion. Needs `npm run worker` beside the service. */
async function dataTeamDay(): Promise<void> {
  console.log('The data team')
  let run = await createTrainingRun({}, named(`client-training-${new Date().toISOString().slice(0, 13)}`))
  const deadline = Date.now() + TRAINING_SECONDS * 1000
  while (run.finished_at === null && Date.now() < deadline) {
    await wait(POLL_MS)
    run = await getTrainingRun(run.training_run_id)
  }
  console.log(`  training run ${run.training_run_id}: ${run.state}`)
  if (run.version === null) return
  const report = await getModelReport(run.version, { format: 'json' }).catch((error: unknown) => {
    if (error instanceof ProblemError && error.code === 'report_not_found') return undefined
    throw error
  })
  console.log(report ? '  it has a backtest' : `  no backtest yet: npm run backtest -- ${run.version}`)
  const reason = 'an example: nobody relies on it'
  const { champion, replaced } = await promoteModel(run.version, report ? {} : { force: true, reason })
  console.log(`  ${champion} is in use, ${replaced} was`)
}

/** The same name, the same write: safe to repeat. */
function named(key: string): RequestInit {
  return { headers: { 'idempotency-key': key } }
}

function percent(probability: number | null | undefined): string {
  return probability === null || probability === undefined ? 'unknown' : `${(probability * 100).toFixed(1)}%`
}
