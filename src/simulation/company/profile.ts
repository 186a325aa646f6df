import type { Random } from '../../core/base/random.ts'
import { accountExternalId, type AccountVersion, type Profile } from './company.ts'
import { companyName, companyNetwork } from './company-names.ts'
import { DAY, type Moment } from '../process/moment.ts'
import { INTENT } from '../process/process.ts'
import {
  COUNTRIES,
  EURO_COUNTRIES,
  INDUSTRIES,
  type Industry,
  KNOWLEDGE,
  OWNERSHIPS,
  REGIONS,
  SIZE,
  SIZE_SPREAD,
  TECHNOLOGIES,
  TOPICS,
} from './profile-tables.ts'
import { between, chance, clamp, weighted } from '../process/sampling.ts'

/** Company number `index`: firmographics, technologies, and when it became known. Depends only on the random stream. */
export function drawProfile(
  random: Random,
  index: number,
  world: { readonly start: Moment; readonly end: Moment },
): { profile: Profile; version: AccountVersion } {
  const industry = weighted(random, INDUSTRIES)
  const country = weighted(random, COUNTRIES)
  const size = SIZE[industry]
  const employees = Math.round(
    clamp(
      Math.exp(size.logEmployees + SIZE_SPREAD.logEmployees * random.normal()),
      SIZE_SPREAD.least,
      SIZE_SPREAD.most,
    ),
  )
  const perHead = size.revenuePerHead * Math.exp(SIZE_SPREAD.logRevenuePerHead * random.normal())
  const inCrm = !chance(random, KNOWLEDGE.notInCrm)
  const knownAt = drawKnownAt(random, world)
  const employeesKnown = !chance(random, KNOWLEDGE.employeesUnknown)
  const { name, domain, secondDomain } = companyName(index, country)
  const network = companyNetwork(index)
  const profile: Profile = {
    index,
    externalId: accountExternalId(index),
    name,
    domain,
    secondDomain: chance(random, KNOWLEDGE.hasSecondDomain) ? secondDomain : null,
    industry: chance(random, KNOWLEDGE.industryUnknown) ? null : industry,
    revenueUsd: employeesKnown ? Math.round((employees * perHead) / 10_000) * 10_000 : null,
    country,
    region: REGIONS[country],
    ownership: weighted(random, OWNERSHIPS),
    source: inCrm ? 'crm' : 'reference_universe',
    usesEuro: EURO_COUNTRIES.includes(country) && chance(random, 0.6),
    network: chance(random, KNOWLEDGE.hasNetwork)
      ? {
          ...network,
          knownAt: chance(random, KNOWLEDGE.networkBackfilled)
            ? -Infinity
            : Math.floor(between(random, world.start - 200 * DAY, world.end)),
        }
      : null,
    secondDomainKnownAt: Math.floor(between(random, world.start - 100 * DAY, world.end)),
    intentLevel: INTENT.levelMean + INTENT.levelSd * random.normal(),
    topics: TOPICS.map(() => between(random, 0.3, 1.7)),
  }
  const version: AccountVersion = {
    knownAt,
    employees: employeesKnown ? employees : null,
    technologies: drawTechnologies(random, industry),
    inCrm,
    motion: 'new_business',
  }
  return { profile, version }
}

function drawKnownAt(random: Random, { start, end }: { start: Moment; end: Moment }): Moment {
  const draw = random.next()
  if (draw < KNOWLEDGE.backfilled) return -Infinity
  const before = draw < KNOWLEDGE.backfilled + KNOWLEDGE.beforeStartShare
  return Math.floor(before ? between(random, start - KNOWLEDGE.daysBefore * DAY, start) : between(random, start, end))
}

function drawTechnologies(random: Random, industry: Industry): readonly string[] {
  return Object.entries(TECHNOLOGIES).flatMap(([name, { share, odds }]) => {
    const ownOdds = (share / (1 - share)) * (odds?.[industry] ?? 1)
    return chance(random, ownOdds / (1 + ownOdds)) ? [name] : []
  })
}
