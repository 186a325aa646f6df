import type { Scope } from '../core/access/scopes.ts'

/** The scope of every route under /v1. A route without one prevents the start. */
export const ROUTE_SCOPES: Readonly<Record<string, Scope>> = {
  'POST /v1/accounts/batch': 'facts:write',
  'POST /v1/accounts/stream': 'facts:write',
  'POST /v1/contacts/batch': 'facts:write',
  'POST /v1/contacts/stream': 'facts:write',
  'POST /v1/activities/batch': 'facts:write',
  'POST /v1/activities/stream': 'facts:write',
  'POST /v1/intent-signals/batch': 'facts:write',
  'POST /v1/intent-signals/stream': 'facts:write',
  'POST /v1/business-events/batch': 'facts:write',
  'POST /v1/business-events/stream': 'facts:write',
  'POST /v1/opportunities/batch': 'facts:write',
  'POST /v1/opportunities/stream': 'facts:write',
  'POST /v1/customer-events/batch': 'facts:write',
  'POST /v1/customer-events/stream': 'facts:write',
  'POST /v1/scores': 'score:read',
  'GET /v1/accounts/:id': 'accounts:read',
  'GET /v1/accounts/by-external-id/:external_id': 'accounts:read',
  'GET /v1/accounts/:id/timeline': 'accounts:read',
  'GET /v1/accounts/by-external-id/:external_id/timeline': 'accounts:read',
  'GET /v1/accounts/:id/actions': 'accounts:read',
  'GET /v1/accounts/by-external-id/:external_id/actions': 'accounts:read',
  'GET /v1/accounts/:id/score': 'score:read',
  'GET /v1/accounts/by-external-id/:external_id/score': 'score:read',
  'GET /v1/accounts/:id/score-history': 'score:read',
  'GET /v1/accounts/by-external-id/:external_id/score-history': 'score:read',
  'GET /v1/accounts/:id/explanation': 'score:read',
  'GET /v1/accounts/by-external-id/:external_id/explanation': 'score:read',
  'GET /v1/accounts/:id/buying-group': 'accounts:read',
  'GET /v1/accounts/by-external-id/:external_id/buying-group': 'accounts:read',
  'GET /v1/qualified-accounts': 'qualified:read',
  'POST /v1/qualified-accounts/:id/claim': 'qualified:work',
  'POST /v1/qualified-accounts/:id/contacted': 'qualified:work',
  'POST /v1/qualified-accounts/:id/accept': 'qualified:work',
  'POST /v1/qualified-accounts/:id/reject': 'qualified:work',
  'POST /v1/qualified-accounts/by-external-id/:external_id/claim': 'qualified:work',
  'POST /v1/qualified-accounts/by-external-id/:external_id/contacted': 'qualified:work',
  'POST /v1/qualified-accounts/by-external-id/:external_id/accept': 'qualified:work',
  'POST /v1/qualified-accounts/by-external-id/:external_id/reject': 'qualified:work',
  'GET /v1/segments': 'segments:read',
  'POST /v1/segments': 'segments:manage',
  'GET /v1/segments/:name': 'segments:read',
  'PUT /v1/segments/:name': 'segments:manage',
  'DELETE /v1/segments/:name': 'segments:manage',
  'GET /v1/segments/:name/accounts': 'segments:read',
  'GET /v1/lookalikes': 'accounts:read',
  'GET /v1/reports/icp': 'reports:read',
  'GET /v1/models': 'models:read',
  'GET /v1/models/champion': 'models:read',
  'GET /v1/models/:version': 'models:read',
  'GET /v1/models/:version/impact': 'models:read',
  'GET /v1/models/:version/report': 'models:read',
  'POST /v1/models/:version/promote': 'models:promote',
  'POST /v1/models/rollback': 'models:promote',
  'GET /v1/promotions': 'models:read',
  'POST /v1/training-runs': 'models:train',
  'GET /v1/training-runs': 'models:read',
  'GET /v1/training-runs/:id': 'models:read',
  'POST /v1/training-runs/:id/cancel': 'models:train',
  'GET /v1/events': 'events:read',
  'POST /v1/webhook-endpoints': 'webhooks:manage',
  'GET /v1/webhook-endpoints': 'webhooks:manage',
  'GET /v1/webhook-endpoints/:id': 'webhooks:manage',
  'PATCH /v1/webhook-endpoints/:id': 'webhooks:manage',
  'DELETE /v1/webhook-endpoints/:id': 'webhooks:manage',
  'POST /v1/webhook-endpoints/:id/rotate-secret': 'webhooks:manage',
  'POST /v1/webhook-endpoints/:id/enable': 'webhooks:manage',
  'POST /v1/webhook-endpoints/:id/disable': 'webhooks:manage',
  'POST /v1/webhook-endpoints/:id/replay': 'webhooks:manage',
  'GET /v1/deliveries': 'webhooks:manage',
  'GET /v1/deliveries/:id': 'webhooks:manage',
  'POST /v1/deliveries/:id/replay': 'webhooks:manage',
  'POST /v1/api-keys': 'admin',
  'GET /v1/api-keys': 'admin',
  'GET /v1/api-keys/:id': 'admin',
  'POST /v1/api-keys/:id/rotate': 'admin',
  'POST /v1/api-keys/:id/revoke': 'admin',
  'GET /v1/audit-log': 'admin',
}

/** POST routes that only read. */
const READS_WITH_A_BODY: ReadonlySet<string> = new Set(['POST /v1/scores'])

/** Whether a route is a write: it is audited and accepts an Idempotency-Key. */
export function isWrite(method: string, url: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method) && !READS_WITH_A_BODY.has(`${method} ${url}`)
}

/** @throws RangeError for a route without a scope: nothing is open by default */
export function scopeOf(method: string, url: string): Scope {
  // Every GET answers HEAD as well.
  const route = `${method === 'HEAD' ? 'GET' : method} ${url}`
  const scope = ROUTE_SCOPES[route]
  if (!scope) throw new RangeError(`route ${route} must have a scope in src/http/scopes.ts`)
  return scope
}
