import type { WriteBackConfig } from '../../../config.ts'
import type { AdapterName } from '../../../core/delivery/write-back/mapping.ts'
import { AppError } from '../../../errors.ts'
import { type CrmAccess, crmUrlProblem } from './connection.ts'

/** @throws AppError ConfigInvalid with the setting that the adapter needs */
export function accessOf(name: AdapterName, config: WriteBackConfig): CrmAccess {
  const need = (setting: string, value: string | undefined): string => {
    if (value === undefined) throw new AppError('ConfigInvalid', `${setting} must be set to write to ${name}`)
    return value
  }
  const url = (setting: string, value: string | undefined): string => {
    const problem = crmUrlProblem(need(setting, value))
    if (problem !== undefined) throw new AppError('ConfigInvalid', `${setting} ${problem}`)
    return need(setting, value)
  }
  if (name === 'hubspot') {
    const { hubspot } = config
    return { url: url('HUBSPOT_URL', hubspot.url), token: need('HUBSPOT_ACCESS_TOKEN', hubspot.token) }
  }
  if (name === 'salesforce') {
    const { salesforce } = config
    const base = url('SALESFORCE_URL', salesforce.url)
    const fields = {
      client_id: need('SALESFORCE_CLIENT_ID', salesforce.clientId),
      client_secret: need('SALESFORCE_CLIENT_SECRET', salesforce.clientSecret),
    }
    return { url: base, token: { url: new URL('/services/oauth2/token', base).href, fields } }
  }
  const { dynamics } = config
  const base = url('DYNAMICS_URL', dynamics.url)
  const login = url('DYNAMICS_LOGIN_URL', dynamics.loginUrl)
  const fields = {
    client_id: need('DYNAMICS_CLIENT_ID', dynamics.clientId),
    client_secret: need('DYNAMICS_CLIENT_SECRET', dynamics.clientSecret),
    scope: `${new URL(base).origin}/.default`,
  }
  const tenant = need('DYNAMICS_TENANT_ID', dynamics.tenantId)
  return { url: base, token: { url: new URL(`/${tenant}/oauth2/v2.0/token`, login).href, fields } }
}
