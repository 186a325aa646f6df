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
import { ConditionalHeaders, hasAlready, tag } from '../../schemas/conditional.ts'
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

/** Belongs to what a tag stands for: another when the answers are written otherwise. */
const FORMAT = 'qualified-accounts 1'

const QualifiedPage = z
  .strictObject({
    accounts: z.array(QualifiedAccountView),
    minimum_probability: z.number().describe('As asked; 0 when nothing was.'),
    next_cursor: NextCursor,
  })
  .describe('A page of the list')

const grade = commaSeparated(GRADES, ['A,B'])
  .optional()
  .describe('One of these grades; one that is unknown is none of them.')
const Query = z.strictObject({
  limit: integerParameter(z.int().min(1).max(500)).default(100),
  cursor: CURSOR.optional().describe('`next_cursor` of the page before, asked with the same filters and sort.'),
  sort: z
    .enum(LIST_SORTS)
    .default('qualified_probability')
    .describe('The highest probability or value first; the newest on the list first; what is due soonest first.'),
  fields: commaSeparated(FIELD_NAMES, ['name,qualified_probability,reasons'])
    .optional()
    .describe('Only these of each account, beside its ids and motion. Leaving out people saves most of the time.'),
  minimum_probability: decimalParameter(z.number().min(0).max(1))
    .optional()
    .describe('Of the list, only what is at or above it.'),
  stage: commaSeparated(STAGES, ['decision,purchase']).optional().describe('In one of these buying stages.'),
  account_fit: grade,
  contact_fit: grade,
  engagement: grade,
  intent: grade,
  motion: z.string().optional().describe('On the list of this motion.'),
  state: commaSeparated(ON_THE_LIST, ['qualified,claimed'])
    .optional()
    .describe('In one of these states, whoever works them. Without it and `owner`: those that nobody works.'),
  owner: ExternalId.optional().describe('Those that this person works, by the name that claimed them.'),
  untouched: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether nobody has done anything about it since it came onto the list.'),
  region: ExternalId.optional().describe('Of this region, as the CRM writes it. Not with `as_of`.'),
  segment: ExternalId.optional().describe('In this segment. Not with `as_of`.'),
  qualified_since: InstantParameter.optional().describe('On the list since this instant or a later one.'),
  changed_since: InstantParameter.optional().describe(
    'Of which something was told, or the score became another, at this instant or later. Not with `as_of`. To miss nothing use the change feed.',
  ),
  as_of: InstantParameter.optional().describe('The list as it was stored at this instant.'),
})
type Query = z.infer<typeof Query>

/** The motions are those of the policy. */
function queryOf({ motions }: Policy) {
  return Query.extend({ motion: z.enum(Object.keys(motions)).optional().describe('On the list of this motion.') })
}

const Position = z.object({ run: z.int(), place: z.number(), externalId: z.string(), motion: z.string() })

export const qualifiedAccountRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const contactHours = contactHoursOf(services.serviceLevel)
  const readVersion = singleFlight(() => readListVersion(services.db, services.now()))
  app.get(
    '/qualified-accounts',
    {
      schema: {
        operationId: 'listQualifiedAccounts',
        summary: 'The accounts to work now, best first',
        description:
          'Scope `qualified:read`. The accounts that the policy hands to sales, that nobody has claimed and whose delivery no ' +
          'rejection has paused; ties by external id. To poll, send the ETag back as `If-None-Match`: while nothing changed ' +
          'the answer is 304 without a body. All pages of a walk are in the order of its beginning: an account that is on ' +
          'the list throughout is met once.',
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
      // A region is read as it is now, and no version tells of it: then only the page itself says whether it is another.
      const isByContent = asked.region !== undefined
      if (request.headers['if-none-match'] !== undefined && !isByContent) {
        const etag = tagOf(await readVersion())
        if (hasAlready(request, etag)) return tag(reply, etag).code(304).send()
      }
      if (asked.segment !== undefined && !(await findSegment(services.db, asked.segment))) {
        return refuse(reply, { in: 'query', pointer: '#/segment', detail: `no segment is called "${asked.segment}"` })
      }
      // Nothing is sent inside the snapshot: a client that reads slowly would hold its connection.
      const found = await inSnapshot(services.db, async (db) => {
        const version = isByContent ? '' : await readListVersion(db, now)
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
        return { answer, etag: tagOf(isByContent ? JSON.stringify(answer) : version) }
      })
      if (!found) return refuseCursor(reply)
      tag(reply, found.etag)
      return hasAlready(request, found.etag) ? reply.code(304).send() : found.answer
    },
  )
}

const NOT_KEPT = { people: null, actions: null }

function aboutOf({ people, actions }: Awaited<ReturnType<typeof readAboutQualified>>, accountId: number) {
  return { people: people.get(accountId) ?? [], actions: actions.get(accountId) ?? [] }
}

/** The same for every key, and for every process: of the version of what is answered, not of who asks. */
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

/** What no schema can tell. */
function refusalOf(query: Query): FieldError | undefined {
  const { as_of: at } = query
  const other = (['region', 'segment', 'changed_since'] as const).find((name) => query[name] !== undefined)
  if (at === undefined || other === undefined) return undefined
  return { in: 'query', pointer: `#/${other}`, detail: `${other} cannot be asked of the past: leave as_of or it out` }
}

function refuse(reply: Parameters<typeof sendProblem>[0], error: FieldError) {
  return sendProblem(reply, 'invalid_request', {
    detail: `${error.pointer.slice(2)}: ${error.detail}`,
    errors: [error],
  })
}
