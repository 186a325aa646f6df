import { z } from 'zod'
import { holdsSecret } from '../base/secrets.ts'

/** Whom the service's first key acts as. It names no person, so it works no account. */
export const BOOTSTRAP_ACTOR = 'bootstrap'

/** Names who acts with a key, in logs and records: a name or an id, never an e-mail address. */
export const Actor = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'must be one line of text')
  .refine((text) => !text.includes('@'), 'must be a name or an id, not an e-mail address: it is kept in logs')
  .refine((text) => !holdsSecret(text), 'must be a name or an id, not a key or secret: it is kept in logs')
  // All but the last as one expression, for the documentation.
  .meta({
    pattern:
      '^\\s*[^@\\s\\u0000-\\u001f\\u007f-\\u009f]([^@\\u0000-\\u001f\\u007f-\\u009f]*[^@\\s\\u0000-\\u001f\\u007f-\\u009f])?\\s*$',
  })
