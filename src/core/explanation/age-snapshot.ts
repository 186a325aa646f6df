import type { Lookback } from '../features/compile.ts'
import type { AccountSnapshot, EventCell } from '../features/snapshot.ts'
import { ageInDays, type Instant } from '../base/time.ts'

/**
 * The same facts, seen later: what the point-in-time query would return as of `asOf` had nothing become known since, to
 * the last cell. Ages grow, and what falls out of the longest window is gone. A window may become *known* by it, when
 * enough days have passed since its source began. What was still to happen when the snapshot was taken, such as the close
 * of an opportunity, is not in it and stays away.
 *
 * @throws RangeError when `asOf` lies before the snapshot's own
 */
export function ageSnapshot(snapshot: AccountSnapshot, asOf: Instant, lookback: Lookback): AccountSnapshot {
  if (asOf < snapshot.asOf) {
    throw new RangeError(`a snapshot as of ${snapshot.asOf} cannot be seen as of ${asOf}: that is earlier`)
  }
  const days = ageInDays(asOf, snapshot.asOf)
  const older = <Cell extends { readonly ageDays: number }>(cells: readonly Cell[], within: number) =>
    cells.map((cell) => ({ ...cell, ageDays: cell.ageDays + days })).filter((cell) => cell.ageDays < within)
  const activities = older<EventCell>(snapshot.activities, lookback.activityDays)
  const kinds = new Set(activities.map((cell) => cell.kind))
  return {
    ...snapshot,
    asOf,
    activities,
    reach: older<EventCell>(snapshot.reach, lookback.activityDays),
    latestKinds: snapshot.latestKinds.filter((kind) => kinds.has(kind)),
    intentSignals: older(snapshot.intentSignals, lookback.intentDays),
    businessEvents: older<EventCell>(snapshot.businessEvents, lookback.businessEventDays),
    customerEvents: older<EventCell>(snapshot.customerEvents, lookback.customerEventDays),
    opportunities: snapshot.opportunities.map((opportunity) => ({
      ...opportunity,
      openedAgeDays: opportunity.openedAgeDays + days,
      closedAgeDays: opportunity.closedAgeDays === null ? null : opportunity.closedAgeDays + days,
    })),
  }
}
