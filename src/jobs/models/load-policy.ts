import { fileURLToPath } from 'node:url'
import { Policy } from '../../core/qualification/policy.ts'
import { readChecked } from './read-model-file.ts'

const FILE = fileURLToPath(new URL('../../../models/policy.json', import.meta.url))

/** @throws AppError SpecificationInvalid with the file, the line, the path in it and the problem */
export function loadPolicy(file = FILE): Policy {
  return readChecked(file, Policy)
}
