import { z } from 'zod'
import { BUYING_ROLES, SENIORITIES } from '../import/kinds.ts'

/**
 * `models/titles.json`: how a job title is read. A company adds its own words here, not in code. Words are written as
 * people write them: case, accents, gender endings and punctuation do not matter. `*` stands for any letters or none, `+`
 * for at least one letter, at the start or the end of a phrase; `^` and `$` for the start and the end of a part of a title.
 */
const phrase = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[\^*+]?[^*^$]+[$*+]?$/u, '*, + and ^ stand at the start, *, + and $ at the end of a phrase')
const phrases = z.array(phrase)
const department = z.string().regex(/^[a-z][a-z_]*$/, 'a department is lower case letters and _')

const Entry = z.strictObject({
  seniority: z.enum(SENIORITIES).optional(),
  department: department.optional(),
  buying_role: z.enum(BUYING_ROLES).optional(),
  /** `weak`: its department gives way to any other; `overriding`: decides, whatever else the title holds. */
  weight: z.enum(['weak', 'overriding']).optional(),
  words: phrases.min(1),
})

const RoleRule = z.strictObject({
  seniority: z.array(z.enum(SENIORITIES)).min(1).optional(),
  department: z.array(department).min(1).optional(),
  buying_role: z.enum(BUYING_ROLES),
})

export const TitleSpecification = z
  .strictObject({
    $comment: z.string().optional(),
    /** The departments a title can be read as, each with the words a salesperson uses for it. */
    departments: z.record(department, z.string().min(1)),
    /** Words that come before the name of the company. */
    company_after: phrases,
    /** A part of a title with one of these words describes a former position. */
    former: phrases,
    /** A title with one of these words describes no present position. */
    not_working: phrases,
    /** One written sign for another, such as traditional for simplified Chinese. */
    characters: z.record(z.string(), z.string()),
    /** Short and wrong spellings of a word, and the word. */
    spellings: z.record(z.string(), z.string()),
    /** Endings of a word and what they become, so that both genders are one word. */
    endings: z.array(z.tuple([z.string().min(1), z.string()])),
    titles: z.array(Entry).min(1),
    /** What role the people of a seniority and department play in a purchase: the first that fits. */
    buying_roles: z.array(RoleRule),
  })
  .superRefine(({ departments, titles, buying_roles: roles }, context) => {
    const check = (name: string, path: (string | number)[]) => {
      if (name in departments) return
      const message = `unknown department "${name}": expected one of ${Object.keys(departments).join(', ')}`
      context.addIssue({ code: 'custom', path, message })
    }
    titles.forEach((entry, index) => entry.department && check(entry.department, ['titles', index, 'department']))
    roles.forEach((rule, index) =>
      rule.department?.forEach((name) => check(name, ['buying_roles', index, 'department'])),
    )
  })
export type TitleSpecification = z.infer<typeof TitleSpecification>
export type TitleEntry = z.infer<typeof Entry>
