import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { formatSecret, signedHeaders } from '../../../../src/core/delivery/webhooks/sign.ts'

// The vector of the Standard Webhooks repository; node:crypto gives the same.
const SECRET = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw', 'base64')
const MESSAGE = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' }
const SIGNATURE = 'v1,/Xy7FLfFISa1TZH7WLT+0x/orG5MlcutAFOpVan3/00='

describe('the headers of a webhook', () => {
  it('are those of Standard Webhooks', () => {
    expect(signedHeaders([SECRET], MESSAGE)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    })
  })

  it('carry a signature by each secret during a rotation, and a receiver with either secret accepts them', () => {
    const [next, old] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)]
    const message = { ...MESSAGE, timestamp: Math.floor(Date.now() / 1000) }
    const headers = signedHeaders([next, old], message)
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
    for (const secret of [next, old]) {
      expect(new Webhook(formatSecret(secret)).verify(message.body, headers)).toEqual({ test: 2_432_232_314 })
    }
    const other = new Webhook(formatSecret(Buffer.alloc(32, 1)))
    expect(() => other.verify(message.body, headers)).toThrow('No matching signature')
    expect(() => new Webhook(formatSecret(next)).verify('{"test":2432232314}', headers)).toThrow('No matching')
  })
})
