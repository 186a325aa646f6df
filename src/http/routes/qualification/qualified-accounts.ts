import { createHmac } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { STAGES } from '../../../core/scoring/stages/stages.ts'
import { FAMILIES } from '../../../core/features/types.ts'
import { LIST_SORTS } from '../../../core/qualification/list-filter.ts'
import type { Policy } from '../../../core/qualification/policy.ts'
import { contactHoursOf } from '../../../core/qualification/service-level.ts'
import { ON_THE_LIST } from '../../../core/qualification/state.ts'
import { GRADES } from '../../../core/scoring/published-score.ts'
import { singleFlight } from '../../../async/batch-loader.ts'
import { readAboutQualified, readQualified } from '../../../jobs/qualification/qualified-accounts.ts'
import { readListVersion } from '../../../store/qualification/list-version.ts'
import { findSegment } from '../../../store/qualification/segments.ts'
import { inSnapshot } from '../../../store/database/snapshot-transaction.ts'
import { commaSeparated } from '../../schemas/comma-separated.ts'
import { answerConditionally, ConditionalHeaders, hasAlready, tag } from '../../schemas/conditional.ts'
import { CURSOR } from '../../schemas/cursor.ts'
import { ExternalId, InstantParameter, decimalParameter, integerParameter } from '../../schemas/fields.ts'
import { NextCursor, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import { type FieldError, problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import {
  FIELD_NAMES,
  MOST_PEOPLE,
  QualifiedAccountView,
  qualifiedAccountView,
} from '../../schemas/qualified-account-view.ts'
import type { Services } from '../../services.ts'

/** Part of the ETag: changes with the format of the answer. */
const FORMAT = 'qualified-accounts 1'

const QualifiedPage = z
  .strictObject({
    accounts: z.array(QualifiedAccountView),
    minimum_probability: z.number().describe('As requested; default 0.'),
    next_cursor: NextCursor,
  })
  .describe('A page of the list')

const grade = commaSeparated(GRADES, ['A,B']).optional().describe('Only these grades; an unknown grade matches none.')
const Query = z.strictObject({
  limit: integerParameter(z.int().min(1).max(500)).default(100),
  cursor: CURSOR.optional().describe('`next_cursor` of the previous page, with the same filters and sort.'),
  sort: z
    .enum(LIST_SORTS)
    .default('qualified_probability')
    .describe('Highest probability or value first; newest on the list first; soonest due first.'),
  fields: commaSeparated(FIELD_NAMES, ['name,qualified_probability,reasons'])
    .optional()
    .describe('Only these fields, besides ids and motion. Without `people_to_reach` the answer is much faster.'),
  minimum_probability: decimalParameter(z.number().min(0).max(1))
    .optional()
    .describe('Only accounts at or above this probability.'),
  stage: commaSeparated(STAGES, ['decision,purchase']).optional().describe('Only these buying stages.'),
  account_fit: grade,
  contact_fit: grade,
  engagement: grade,
  intent: grade,
  motion: z.string().optional().describe('Only the list of this motion.'),
  state: commaSeparated(ON_THE_LIST, ['qualified,claimed'])
    .optional()
    .describe('Only these states, with any owner. Without `state` and `owner`: only accounts without an owner.'),
  owner: ExternalId.optional().describe('Only accounts of this owner.'),
  untouched: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether no person has acted on the account since it entered the list.'),
  region: ExternalId.optional().describe('Only this region, as the CRM writes it. Not with `as_of`.'),
  segment: ExternalId.optional().describe('Only this segment. Not with `as_of`.'),
  qualified_since: InstantParameter.optional().describe('On the list since this instant or later.'),
  changed_since: InstantParameter.optional().describe(
    'With an event or a score change at this instant or later. Not with `as_of`. The change feed is complete; this filter is not.',
  ),
  as_of: InstantParameter.optional().describe('The list stored at this instant.'),
})
type Query = z.infer<typeof Query>

/** The motions are those of the policy. */
function queryOf({ motions }: Policy) {
  return Query.extend({ motion: z.enum(Object.keys(motions)).optional().describe('Only the list of this motion.') })
}

const Position = z.object({ run: z.int(), place: z.number(), externalId: z.string(), motion: z.string() })

export const qualifiedAccountRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const contactHours = contactHoursOf(services.serviceLevel)
  const readVersion = singleFlight(() => readListVersion(services.db, services.now()))
  app.get(
    '/qualified-accounts',
    {
      onSend: answerConditionally,
      schema: {
        operationId: 'listQualifiedAccounts',
        summary: 'The qualified accounts, best first',
        description:
          'Scope `qualified:read`. The accounts that the policy hands to sales, without claimed ones and without those paused ' +
          'by a rejection; ties by external id. To poll, send the ETag back as `If-None-Match`: the answer is 304 while ' +
          'nothing has changed. All pages follow the order at the time of the first page: an account that stays on the list ' +
          'appears once.',
        tags: ['qualified accounts'],
        querystring: queryOf(services.policy),
        headers: ConditionalHeaders,
        response: {
          200: QualifiedPage,
          304: z.undefined().describe('Unchanged since the ETag given'),
          ...problemResponses(...READ_PROBLEMS, 'invalid_cursor'),
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, fields, as_of: at, ...asked } = request.query
      const now = services.now()
      if (at !== undefined && at > now) return refuseFuture(reply, at)
      const wrong = refusalOf(request.query)
      if (wrong) return refuse(reply, wrong)
      const pages = pagesOf(services, 'qualified-accounts', { asked: JSON.stringify([asked, at]) }, Position)
      if (cursor !== undefined && !pages.isOwn(cursor)) return refuseCursor(reply)
      const tagOf = (version: string) => etagOf(services, [FORMAT, version, request.query, services.serviceLevel])
      // The list's version does not cover regions: `answerConditionally` makes the ETag from the content then.
      const hasVersion = asked.region === undefined
      if (request.headers['if-none-match'] !== undefined && hasVersion) {
        const etag = tagOf(await readVersion())
        if (hasAlready(request, etag)) return tag(reply, etag).code(304).send()
      }
      if (asked.segment !== undefined && !(await findSegment(services.db, asked.segment))) {
        return refuse(reply, {
          in: 'query',
          pointer: '#/segment',
          detail: `no segment is named "${asked.segment}": GET /v1/segments lists them`,
        })
      }
      // The answer is sent after the snapshot: a slow client would hold the database connection.
      const found = await inSnapshot(services.db, async (db) => {
        const etag = hasVersion ? tagOf(await readListVersion(db, now)) : undefined
        const page = await pages.read({ limit, cursor }, async (most, after) => {
          const rows = await readQualified(db, { ...filterOf(asked), limit: most, after, at, now, contactHours })
          return rows.map((account) => ({ ...account, ...account.position }))
        })
        if (!page) return undefined
        const isAsked = (name: (typeof FIELD_NAMES)[number]) => at === undefined && (fields?.includes(name) ?? true)
        const ids = [...new Set(page.rows.map(({ accountId }) => accountId))]
        const people = isAsked('people_to_reach') ? MOST_PEOPLE : 0
        const about = await readAboutQualified(db, ids, { people, actions: isAsked('next_actions'), now })
        const accounts = page.rows.map((row) => {
          const own = at !== undefined ? NOT_KEPT : aboutOf(about, row.accountId)
          return qualifiedAccountView({ ...row, ...own }, contactHours, fields)
        })
        const answer = { accounts, minimum_probability: asked.minimum_probability ?? 0, next_cursor: page.nextCursor }
        return { answer, etag }
      })
      if (!found) return refuseCursor(reply)
      if (found.etag !== undefined) tag(reply, found.etag)
      return found.answer
    },
  )
}

const NOT_KEPT = { people: null, actions: null }

function aboutOf({ people, actions }: Awaited<ReturnType<typeof readAboutQualified>>, accountId: number) {
  return { people: people.get(accountId) ?? [], actions: actions.get(accountId) ?? [] }
}

/** The same for every API key and process: it depends on the version of the list, not on the caller. */
function etagOf({ cursorSecret }: Services, parts: readonly unknown[]): string {
  return `"${createHmac('sha256', cursorSecret).update(JSON.stringify(parts)).digest('base64url').slice(0, 27)}"`
}

function filterOf(asked: Omit<Query, 'limit' | 'cursor' | 'fields' | 'as_of'>) {
  const { minimum_probability, stage, state, qualified_since, changed_since, untouched, ...rest } = asked
  return {
    ...rest,
    minimumProbability: minimum_probability ?? 0,
    stages: stage,
    states: state,
    grades: Object.fromEntries(FAMILIES.flatMap((family) => (asked[family] ? [[family, asked[family]]] : []))),
    untouched: untouched && untouched === 'true',
    qualifiedSince: qualified_since,
    changedSince: changed_since,
  }
}

/** Filters that cannot be combined with `as_of`. */
function refusalOf(query: Query): FieldError | undefined {
  const { as_of: at } = query
  const other = (['region', 'segment', 'changed_since'] as const).find((name) => query[name] !== undefined)
  if (at === undefined || other === undefined) return undefined
  return { in: 'query', pointer: `#/${other}`, detail: `${other} cannot be combined with as_of: omit one of them` }
}

function refuse(reply: Parameters<typeof sendProblem>[0], error: FieldError) {
  return sendProblem(reply, 'invalid_request', {
    detail: `${error.pointer.slice(2)}: ${error.detail}`,
    errors: [error],
  })
}
