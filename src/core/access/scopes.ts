/** What a key may be allowed to do. A route that names none of these cannot be started. */
export const SCOPES = [
  'facts:write',
  'score:read',
  'accounts:read',
  'qualified:read',
  'qualified:work',
  'segments:read',
  'segments:manage',
  'events:read',
  'webhooks:manage',
  'reports:read',
  'models:read',
  'models:train',
  'models:promote',
  'admin',
] as const
export type Scope = (typeof SCOPES)[number]

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text)
}

/** Denied unless granted by name: `admin` is a scope of its own and includes no other. */
export function grants(granted: readonly string[], needed: Scope): boolean {
  return granted.includes(needed)
}
