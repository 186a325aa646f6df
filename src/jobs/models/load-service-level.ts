import { fileURLToPath } from 'node:url'
import type { Policy } from '../../core/qualification/policy.ts'
import { ServiceLevel } from '../../core/qualification/service-level.ts'
import { didYouMean } from '../../core/base/did-you-mean.ts'
import { AppError } from '../../errors.ts'
import { readChecked } from './read-model-file.ts'

const FILE = fileURLToPath(new URL('../../../models/sla.json', import.meta.url))

/** @throws AppError SpecificationInvalid with the file, the path in it and the problem; also for a motion that the policy lacks */
export function loadServiceLevel(policy: Policy, file = FILE): ServiceLevel {
  const level = readChecked(file, ServiceLevel)
  const motions = Object.keys(policy.motions)
  const unknown = Object.keys(level.motions).find((motion) => !motions.includes(motion))
  if (unknown === undefined) return level
  const known = didYouMean(unknown, motions) || `: expected one of ${motions.join(', ')}`
  throw new AppError('SpecificationInvalid', `${file}: motions: unknown motion "${unknown}"${known}`)
}
