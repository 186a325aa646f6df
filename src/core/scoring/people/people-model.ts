import { z } from 'zod'
import type { FeatureSet } from '../../features/compile.ts'
import type { AccountSnapshot } from '../../features/snapshot.ts'
import { ContactModel, type PeopleExample, trainContactModel } from './contact-model.ts'
import type { PeopleSpecification } from './people-specification.ts'
import { RoleImportance, roleImportance } from './role-importance.ts'

/** What a version knows of people: the contact model, and which roles matter. */
export const PeopleModel = z.strictObject({
  contact: ContactModel.nullable(),
  /** Why there is no contact model. */
  not_trained_because: z.string().nullable(),
  /** The most important first. */
  roles: z.array(RoleImportance),
})
export type PeopleModel = z.infer<typeof PeopleModel>

/** Learns from the opportunities of the win model. Too little data is not an error: the model is then null. */
export function trainPeople(
  examples: readonly PeopleExample[],
  reference: readonly AccountSnapshot[],
  featureSet: FeatureSet,
  specification: PeopleSpecification,
  labelWindowDays: number,
): PeopleModel {
  const contact = trainContactModel(examples, reference, featureSet, specification, labelWindowDays)
  return {
    contact: contact.kind === 'trained' ? contact.model : null,
    not_trained_because: contact.kind === 'trained' ? null : contact.reason,
    roles: [...roleImportance(examples, featureSet, specification, labelWindowDays)],
  }
}
