import { fileURLToPath } from 'node:url'
import { Policy } from '../../core/qualification/policy.ts'
import { readChecked } from './read-model-file.ts'

const FILE = fileURLToPath(new URL('../../../models/policy.json', import.meta.url))

/** @throws AppError SpecificationInvalid naming the file, the line, the place in it and what is wrong there */
export function loadPolicy(file = FILE): Policy {
  return readChecked(file, Policy)
}
