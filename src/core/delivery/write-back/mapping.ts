import { z } from 'zod'
import { type AccountToTell, FIELD_NAMES, FIELDS, type FieldName, type CrmValue } from './fields.ts'

export const ADAPTER_NAMES = ['hubspot', 'salesforce', 'dynamics'] as const
export type AdapterName = (typeof ADAPTER_NAMES)[number]

const propertyName = z.string().regex(/^[A-Za-z]\w{0,99}$/, 'must be the API name of a property')
const field = z.enum(FIELD_NAMES, { error: (issue) => `unknown field ${JSON.stringify(issue.input)}` })
const Source = z.union([
  field.transform((from) => ({ from, values: undefined, whole: false })),
  z
    .strictObject({
      from: field,
      /** What is written for each of the field's values; only of a field that is one of a closed list. */
      values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      /** Rounded to a whole number. */
      whole: z.boolean().default(false),
    })
    .superRefine(({ from, values }, context) => {
      if (values === undefined) return
      const among = amongOf(from)
      const given = Object.keys(values)
      for (const value of given) {
        if (among.includes(value)) continue
        context.addIssue({
          code: 'custom',
          path: ['values', value],
          message: `${from} is never ${JSON.stringify(value)}`,
        })
      }
      const missing = among.filter((value) => !given.includes(value))
      if (missing.length === 0) return
      context.addIssue({ code: 'custom', path: ['values'], message: `says nothing for ${missing.join(', ')}` })
    }),
])

/** Which of our fields goes into which property of a CRM: `models/write-back/<adapter>.json`. */
export const Mapping = z.strictObject({
  description: z.string(),
  /** The property by which the CRM knows an account; it holds our external id. */
  key: propertyName,
  properties: z.record(propertyName, Source).refine((properties) => Object.keys(properties).length > 0, {
    message: 'must name at least one property',
  }),
})
export type Mapping = z.infer<typeof Mapping>

/** One account as it is sent. */
export interface CrmRecord {
  readonly accountId: number
  readonly key: string
  readonly properties: Readonly<Record<string, CrmValue>>
}

export function toRecord({ properties }: Mapping, account: AccountToTell): CrmRecord {
  const values = Object.entries(properties).map(([name, { from, values, whole }]): [string, CrmValue] => {
    const value = FIELDS[from].read(account)
    if (value !== null && values) return [name, values[String(value)] ?? null]
    return [name, whole && typeof value === 'number' ? Math.round(value) : value]
  })
  return { accountId: account.accountId, key: account.externalId, properties: Object.fromEntries(values) }
}

function amongOf(name: FieldName): readonly string[] {
  const found = FIELDS[name]
  return 'among' in found ? found.among : []
}
