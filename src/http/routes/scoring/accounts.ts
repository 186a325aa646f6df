import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { STAGES } from '../../../core/scoring/stages/stages.ts'
import { STATES } from '../../../core/qualification/state.ts'
import type { Instant } from '../../../core/base/time.ts'
import { type AccountOnRecord, readAccount } from '../../../jobs/scoring/account-record.ts'
import { listScoreChanges, type ScoreChange } from '../../../store/scoring/score-history.ts'
import { listTimeline, TIMELINE_SOURCES } from '../../../store/features/timeline.ts'
import { answerAboutAccount, refuseUnknown } from '../account-question.ts'
import { InstantParameter } from '../../schemas/fields.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import type { Services } from '../../services.ts'
import { Score } from '../../schemas/views.ts'

const stage = z.enum(STAGES)
const AccountView = z
  .strictObject({
    account_id: z.int().describe('For a merged account, the account that it was merged into.'),
    external_id: z.string(),
    name: z.string().nullable(),
    as_of: z.string().describe('The instant of the answer: everything stored by then counts.'),
    buying_stage: z
      .strictObject({ stage, since: z.string(), days: z.int().describe('Days in this stage.') })
      .nullable()
      .describe('Null without a score and while an opportunity is open.'),
    stage_path: z
      .array(
        z.strictObject({
          from: stage.nullable(),
          to: stage.nullable(),
          at: z.string(),
          reason: z.string(),
          model_version: z.string().nullable(),
        }),
      )
      .describe('The moves between stages, oldest first.'),
    motions: z.array(
      z.strictObject({
        motion: z.string(),
        state: z.enum(STATES),
        since: z.string(),
        qualified_since: z.string().nullable(),
        owner: z.string().nullable().describe('The person who works the account.'),
        paused_until: z
          .string()
          .nullable()
          .describe('After a rejection: the account is not listed before this instant.'),
        opportunity: z.string().nullable(),
      }),
    ),
  })
  .meta({
    id: 'Account',
    description: 'The present state of an account and its stage history',
    examples: [
      {
        account_id: 4711,
        external_id: '0015g00000XyZab',
        name: 'Acme GmbH',
        as_of: '2026-03-12T09:00:00.000000Z',
        buying_stage: { stage: 'decision', since: '2026-03-02T00:00:00.000000Z', days: 10 },
        stage_path: [
          {
            from: 'consideration',
            to: 'decision',
            at: '2026-03-02T00:00:00.000000Z',
            reason: 'moved',
            model_version: 'm-0f1e2d3c4b5a6978',
          },
        ],
        motions: [
          {
            motion: 'new_business',
            state: 'claimed',
            since: '2026-03-03T08:12:00.000000Z',
            qualified_since: '2026-03-02T00:00:00.000000Z',
            owner: 'Kim',
            paused_until: null,
            opportunity: null,
          },
        ],
      },
    ],
  })

const Timeline = z
  .strictObject({
    entries: z.array(
      z.strictObject({
        source: z.enum(TIMELINE_SOURCES),
        at: z.string(),
        type: z.string(),
        actor: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()).describe('The fields of this type.'),
      }),
    ),
    next_cursor: NextCursor,
  })
  .describe('A page of facts and events, newest first')

const ScoreHistory = z
  .strictObject({
    changes: z.array(
      z.strictObject({
        stored_at: z.string(),
        account_external_id: z.string().describe('The scored account: this one, or one merged into it.'),
        model_version: z.string().nullable(),
        score: Score.nullable().describe('Null: the account was no longer scored.'),
      }),
    ),
    next_cursor: NextCursor,
  })
  .describe('A page of changes, newest first')

const asOf = InstantParameter.optional().describe('The state stored at this instant. Default: now.')

export const accountRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  answerAboutAccount(
    app,
    services,
    {
      path: '',
      operationId: 'getAccount',
      summary: 'The state of an account: stage, time in stage, stage history, owner',
      description: 'Scope `accounts:read`. With `as_of`, the state stored at that instant.',
      tag: 'accounts',
      query: z.strictObject({ as_of: asOf }),
      answer: AccountView,
    },
    async ({ accountId, query, reply }) => {
      const now = services.now()
      const { as_of: at = now } = query
      if (at > now) return refuseFuture(reply, at)
      const account = await readAccount(services.db, accountId, at)
      return account ? accountView(accountId, at, account) : refuseUnknown(reply)
    },
  )
  answerAboutAccount(
    app,
    services,
    {
      path: '/timeline',
      operationId: 'getAccountTimeline',
      summary: 'The timeline of an account',
      description:
        'Scope `accounts:read`. Facts and events, newest first, including those of merged accounts: `filed_under` in `detail` names the account. With `as_of`, what was known at that instant.',
      tag: 'accounts',
      query: z.strictObject({ ...PageQuery.shape, as_of: asOf }),
      answer: Timeline,
      problems: ['invalid_cursor'],
    },
    async ({ accountId: id, query: { as_of: asked, ...query }, reply }) => {
      const now = services.now()
      const at = asked ?? now
      if (at > now) return refuseFuture(reply, at)
      if (!(await readAccount(services.db, id, at))) return refuseUnknown(reply)
      const pages = pagesOf(services, 'timeline', { id, asOf: asked ?? '' }, TimelinePosition)
      const page = await pages.read(query, (limit, after) => listTimeline(services.db, id, at, { limit, after }))
      if (!page) return refuseCursor(reply)
      const entries = page.rows.map(({ source, at: happenedAt, type, actor, detail }) => {
        return { source, at: happenedAt, type, actor, detail }
      })
      return { entries, next_cursor: page.nextCursor }
    },
  )
  answerAboutAccount(
    app,
    services,
    {
      path: '/score-history',
      operationId: 'getAccountScoreHistory',
      summary: 'The score history of an account',
      description:
        'Scope `score:read`. One entry for each change of the stored score, including those of merged accounts.',
      tag: 'scores',
      query: PageQuery,
      answer: ScoreHistory,
      problems: ['invalid_cursor'],
    },
    async ({ accountId: id, query, reply }) => {
      if (!(await readAccount(services.db, id, services.now()))) return refuseUnknown(reply)
      const pages = pagesOf(services, 'score-history', { id }, HistoryPosition)
      const page = await pages.read(query, (limit, after) =>
        listScoreChanges(services.db, id, { limit, before: after }),
      )
      if (!page) return refuseCursor(reply)
      return { changes: page.rows.map(changeView), next_cursor: page.nextCursor }
    },
  )
}

const TimelinePosition = z.object({ at: z.string().transform((text) => text as Instant), key: z.string() })
const HistoryPosition = z.object({ runId: z.int(), accountId: z.int() })

function changeView({ storedAt, externalId, version, score }: ScoreChange) {
  return { stored_at: storedAt, account_external_id: externalId, model_version: version, score }
}

function accountView(accountId: number, at: Instant, account: AccountOnRecord): z.infer<typeof AccountView> {
  return {
    account_id: accountId,
    external_id: account.externalId,
    name: account.name,
    as_of: at,
    buying_stage: account.stage && { ...account.stage },
    stage_path: account.path.map(({ asOf: movedAt, version, from, to, reason }) => {
      return { from, to, reason, at: movedAt, model_version: version }
    }),
    motions: account.motions.map(({ motion, state }) => ({
      motion,
      state: state.state,
      since: state.since,
      qualified_since: state.enteredAt,
      owner: state.owner,
      paused_until: state.pausedUntil,
      opportunity: state.opportunity,
    })),
  }
}
