import { z } from 'zod'
import { IdealCustomerProfile } from './ideal-customer-profile.ts'

const StoredValue = z.union([z.number(), z.string(), z.array(z.string())]).nullable()

/** The profile of one training, and the won accounts that others are compared with. */
export const StoredProfile = z.strictObject({
  as_of: z.string(),
  profile: IdealCustomerProfile,
  /** The attributes in the order of all values below, and how much each counts between two accounts. */
  columns: z.array(
    z.strictObject({
      name: z.string(),
      noun: z.string(),
      kind: z.enum(['number', 'category', 'set']),
      weight: z.number(),
      scale: z.number(),
    }),
  ),
  /** Each won account once, as it was known before its newest won opportunity opened. */
  won_accounts: z.array(z.strictObject({ external_id: z.string(), values: z.array(StoredValue) })),
})
export type StoredProfile = z.infer<typeof StoredProfile>
