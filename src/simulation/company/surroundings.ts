import type { Random } from '../../core/base/random.ts'
import type { Company } from './company.ts'
import { DAY, dayIndex, type Moment, workingMoment } from '../process/moment.ts'
import { BUSINESS_EVENTS, INTENT, INTEREST, INTEREST_STATES, type InterestState } from '../process/process.ts'
import { TECHNOLOGIES, TOPICS } from './profile-tables.ts'
import { between, chance, clamp } from '../process/sampling.ts'
import { changeAccount } from './versions.ts'

/** What happens at the company in a month: money, jobs, leaders, technology. */
export function recordBusinessEvents(random: Random, company: Company, start: Moment, end: Moment): void {
  for (const [kind, rate] of Object.entries(BUSINESS_EVENTS.rates)) {
    const technology = kind.startsWith('technology')
    if (!chance(random, rate)) continue
    const at = workingMoment(random, start, end)
    const knownAt = Math.floor(at + between(random, BUSINESS_EVENTS.lagDays[0], BUSINESS_EVENTS.lagDays[1]) * DAY)
    if (technology && !changeTechnology(random, company, kind === 'technology_installed', knownAt)) continue
    company.events.push({ sequence: company.events.length + 1, kind, at, knownAt })
  }
}

function changeTechnology(random: Random, company: Company, install: boolean, knownAt: Moment): boolean {
  const present = company.versions.at(-1)?.technologies ?? []
  const candidates = install ? Object.keys(TECHNOLOGIES).filter((name) => !present.includes(name)) : present
  if (candidates.length === 0) return false
  const changed = random.pick(candidates)
  changeAccount(company, knownAt, ({ technologies }) => ({
    technologies: install
      ? [...technologies.filter((name) => name !== changed), changed].toSorted()
      : technologies.filter((name) => name !== changed),
  }))
  return true
}

/**
 * Third-party research, one row per topic and week with any: weeks run Monday to Sunday, count as observed on their last
 * day and reach us one to two weeks after it.
 */
export function recordIntent(random: Random, company: Company, start: Moment, end: Moment): void {
  const state = INTEREST_STATES.indexOf(company.interest)
  const rate = INTENT.signalRate[state] ?? 0
  const level = company.profile.intentLevel + (INTENT.lift[state] ?? 0)
  // 1970-01-04 was a Sunday, day index 3.
  const firstSunday = Math.ceil((dayIndex(start) - 3) / 7) * 7 + 3
  for (let sunday = firstSunday; sunday * DAY < end; sunday += 7) {
    const [least, most] = INTENT.lagDays
    const lag = Math.floor(between(random, least, most) * DAY)
    for (const [index, topic] of TOPICS.entries()) {
      if (!chance(random, rate * (company.profile.topics[index] ?? 1))) continue
      company.signals.push({
        provider: index % 3 === 2 ? 'review_site' : 'research_network',
        topic,
        byDomain: index % 2 === 0,
        periodStart: (sunday - 6) * DAY,
        periodEnd: sunday * DAY,
        strength: Math.round(clamp(level + INTENT.noiseSd * random.normal(), 1, 100)),
        knownAt: sunday * DAY + lag,
      })
    }
  }
}

/** The interest of the coming month. `growthEvents` happened in the month before, whether or not anyone knew. */
export function nextInterest(random: Random, state: InterestState, fit: number, growthEvents: number): InterestState {
  const draw = random.next()
  if (state === 'dormant') {
    const { toResearching, perFit, perGrowthEvent, limit } = INTEREST.dormant
    const rate = Math.min(limit, toResearching * Math.exp(perFit * fit + perGrowthEvent * Math.min(1, growthEvents)))
    return draw < rate ? 'researching' : 'dormant'
  }
  if (state === 'researching') {
    const { toDormant, toEvaluating } = INTEREST.researching
    return draw < toDormant ? 'dormant' : draw < toDormant + toEvaluating ? 'evaluating' : 'researching'
  }
  const { toDormant, toResearching } = INTEREST.evaluating
  return draw < toDormant ? 'dormant' : draw < toDormant + toResearching ? 'researching' : 'evaluating'
}
