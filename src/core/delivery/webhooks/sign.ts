import { Webhook } from 'standardwebhooks'

const PREFIX = 'whsec_'

/** A secret as receivers' libraries take it. */
export function formatSecret(secret: Uint8Array): string {
  return `${PREFIX}${Buffer.from(secret).toString('base64')}`
}

export interface SignedMessage {
  readonly id: string
  /** Of this attempt, in seconds since 1970. */
  readonly timestamp: number
  /** Byte by byte what is sent. */
  readonly body: string
}

/**
 * The headers of Standard Webhooks 1.0.0. While a secret is being replaced both sign, so that the receiver may change over at
 * any moment in between.
 */
export function signedHeaders(
  secrets: readonly Uint8Array[],
  message: SignedMessage,
): Readonly<Record<string, string>> {
  const { id, timestamp, body } = message
  const at = new Date(timestamp * 1000)
  const signatures = secrets.map((secret) => new Webhook(secret, { format: 'raw' }).sign(id, at, body))
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') }
}
