import type { AccountVersion, Company } from './company.ts'
import type { Moment } from '../process/moment.ts'

type Change = (version: AccountVersion) => Partial<Pick<AccountVersion, 'technologies' | 'inCrm' | 'motion'>>

/**
 * A new version of the account from `knownAt` on. Each version is complete, so later versions that exist already
 * get the change too; changes before the account was known are in its first version.
 */
export function changeAccount(company: Company, knownAt: Moment, change: Change): void {
  const { versions } = company
  const before = versions.findLastIndex((version) => version.knownAt <= knownAt)
  const inForce = versions[before]
  if (inForce && inForce.knownAt < knownAt) versions.splice(before + 1, 0, { ...inForce, knownAt })
  for (const [index, version] of versions.entries()) {
    if (version.knownAt >= knownAt) versions[index] = { ...version, ...change(version) }
  }
}
