import { type Kysely, sql } from 'kysely'
import { type VersionStatus, statusOf } from '../../core/evaluation/registry/champions.ts'
import { type ProofVerdict, StoredVerdict, type Verdict } from '../../core/evaluation/registry/proof.ts'
import { TrainingFindings } from '../../core/evaluation/readiness/training-findings.ts'
import type { ModelArtifact } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { type Promotion, listPromotionsOf } from './promotions.ts'
import type { Database } from '../database/tables/schema.ts'

export interface RegisteredModel {
  readonly version: string
  readonly status: VersionStatus
  readonly asOf: Instant
  readonly createdAt: Instant
  readonly dataSha256: string
  readonly specificationSha256: string
  readonly cohorts: ModelArtifact['cohorts']
  /** The newest; undefined when there never was any. */
  readonly backtest:
    | { readonly verdict: Verdict; readonly reasons: ProofVerdict['reasons']; readonly createdAt: Instant }
    | undefined
  /** What its newest training found out about the data; undefined for a version from before trainings looked. */
  readonly findings: TrainingFindings | undefined
  /** Each time that it was put in use, the oldest first. */
  readonly promotions: readonly Promotion[]
}

export interface ModelPosition {
  readonly createdAt: string
  readonly version: string
}

interface ModelRow {
  readonly version: string
  readonly as_of: Instant
  readonly created_at: Instant
  readonly data_sha256: string
  readonly specification_sha256: string
  readonly is_champion: boolean
  readonly cohorts: ModelArtifact['cohorts']
  readonly champion_as_of: Instant | null
  readonly verdict: unknown
  readonly backtest_created_at: Instant | null
  readonly findings: unknown
}

/** Every version with what is known about it, the newest first. */
export async function listRegisteredModels(
  db: Kysely<Database>,
  { limit, after }: { readonly limit: number; readonly after?: ModelPosition | undefined },
): Promise<readonly RegisteredModel[]> {
  const position = after
    ? sql`where (m.created_at, m.version) < (${after.createdAt}::timestamptz, ${after.version}::text)`
    : sql``
  return await readModels(db, sql`${position} order by m.created_at desc, m.version desc limit ${limit}`)
}

export async function findRegisteredModel(db: Kysely<Database>, version: string): Promise<RegisteredModel | undefined> {
  const [model] = await readModels(db, sql`where m.version = ${version}`)
  return model
}

async function readModels(db: Kysely<Database>, which: ReturnType<typeof sql>): Promise<readonly RegisteredModel[]> {
  const { rows } = await sql<ModelRow>`
    select m.version, m.as_of, m.created_at, m.data_sha256, m.specification_sha256, m.is_champion, m.findings,
      m.artifact -> 'cohorts' as cohorts,
      (select champion.as_of from model_version champion where champion.is_champion) as champion_as_of,
      newest.verdict, newest.created_at as backtest_created_at
    from model_version m
    left join lateral (
      select b.created_at, case when b.report -> 'win' is null
        then json_build_object('verdict', b.verdict, 'reasons', b.report -> 'reasons')
        else json_build_object('verdict', b.verdict,
          'win', json_build_object('reasons', b.report #> '{win,reasons}'),
          'in_market', case when json_typeof(b.report -> 'in_market') = 'object'
            then json_build_object('reasons', b.report #> '{in_market,reasons}') end)
        end as verdict
      from backtest b where b.version = m.version order by b.backtest_id desc limit 1
    ) newest on true
    ${which}`.execute(db)
  const promotions = await listPromotionsOf(
    db,
    rows.map((row) => row.version),
  )
  return rows.map((row) =>
    toModel(
      row,
      promotions.filter(({ version }) => version === row.version),
    ),
  )
}

function toModel(row: ModelRow, promotions: readonly Promotion[]): RegisteredModel {
  const { version, is_champion: isChampion, as_of: asOf, backtest_created_at: backtestedAt } = row
  return {
    version,
    status: statusOf({ isChampion, wasChampion: promotions.length > 0, asOf }, row.champion_as_of ?? undefined),
    asOf,
    createdAt: row.created_at,
    dataSha256: row.data_sha256,
    specificationSha256: row.specification_sha256,
    cohorts: row.cohorts,
    backtest: backtestedAt === null ? undefined : { ...StoredVerdict.parse(row.verdict), createdAt: backtestedAt },
    findings: row.findings === null ? undefined : TrainingFindings.parse(row.findings),
    promotions,
  }
}
