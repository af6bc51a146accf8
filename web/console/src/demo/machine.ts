import type { DemoPhone } from '@/generated/protocol'

export const UNKNOWN = 'unknown'
export const WITHHELD = 'withheld'

/** The host part of a SIP URI: `sip:demo@hotline.local:5060;x=1` gives `hotline.local:5060`. */
export function sipHost(uri: string): string {
  return /@([^;>]+)/.exec(uri)?.[1] ?? uri.replace(/^sips?:/, '')
}

/** A number that belongs to nobody, another one each time, of a range kept for plays and films where there is one. */
export function unknownNumber(random: () => number = Math.random): string {
  return `+1202555${String(100 + Math.floor(random() * 100)).padStart(4, '0')}`
}

/** SIP headers by which the demo phone says who it plays; the PBX trusts this one endpoint with that. */
export function identityHeaders(phone: Pick<DemoPhone, 'uri' | 'customers'>, who: string): string[] {
  const host = sipHost(phone.uri)
  if (who === WITHHELD) return ['P-Asserted-Identity: "Anonymous" <sip:anonymous@anonymous.invalid>', 'Privacy: id']
  const customer = phone.customers.find((known) => known.number === who)
  const number = customer ? customer.number : unknownNumber()
  const name = customer ? `"${customer.name.replace(/["\\\r\n]/g, ' ')}" ` : ''
  return [`P-Asserted-Identity: ${name}<sip:${number}@${host}>`]
}

export type DemoEnd = 'hung_up' | 'canceled' | 'busy' | 'refused' | 'unreachable' | 'failed'

const ENDS: Record<string, DemoEnd> = {
  Terminated: 'hung_up',
  Canceled: 'canceled',
  Busy: 'busy',
  Rejected: 'refused',
  Unavailable: 'unreachable',
  'Not Found': 'unreachable',
  'Address Incomplete': 'unreachable',
}

/** JsSIP's cause of an end in our words. */
export function endOf(cause: string): DemoEnd {
  return ENDS[cause] ?? 'failed'
}
