import type { Country } from './profile-tables.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const STEMS = words(`
  Acme Nordlicht Bosphorus Falcon Meridian Grünwald Çınar Atlas Harbour Silverline Königstein Lumière Orchard Pioneer
  Redwood Müller Yıldız Summit Westfjord Cobalt Delta Évora Granite Hanse Isar Juniper Kestrel Lindqvist Marmara Northgate
  Öztürk Palatin Quarry Rheingold Schäfer Tamarind Ulmen Vantage Weiß Zephyr Anatolia Birch Castell Drachenfels Ember
  Fenwick Güneş Highland Ironbridge Jasmin Karadeniz Löwen Monarch Neckar Osprey Polaris Şahin Thornton Umbra Vosges`)
const TRADES = words(`
  Systems Logistics Analytics Foods Textil Pharma Energy Robotics Finance Software Retail Medical Consulting Motors Media
  Chemicals Networks Insurance Packaging Steel Optics Travel Studios Telecom Marine Paper Labs Cloud Mobility Aerospace
  Biotech Payments Security Learning Electronics Machinery Furniture Beverages Holding Services`)
const PLACES = words(`
  Berlin Ulm Köln Izmir Bursa Ankara Leeds Bristol Boston Austin Denver Lyon Lille Utrecht Delft Uppsala Malmö Graz Linz
  Basel Zürich Porto Bilbao Turin Gdańsk Brno Tampere Aarhus Bergen Cork Dover Exeter Fresno Genoa Halle Ibiza Jena Kiel
  Lund Mainz Nantes Oslo Passau Quebec Rostock Seattle Trier Umeå Varna Worms York Zwolle Adana Bern Calgary Dresden Essen
  Faro Ghent Hamar Innsbruck Jönköping Kassel Leipzig Münster Nice Omaha Pisa Rennes Salem Tulsa Verona Windsor Yalova
  Zadar Aachen Bonn Cannes Dayton Erfurt Florence Göttingen Houston Imola`)

const LEGAL_FORM: Readonly<Record<Country, string>> = {
  US: 'Inc.',
  GB: 'Ltd',
  DE: 'GmbH',
  FR: 'SAS',
  NL: 'B.V.',
  TR: 'A.Ş.',
}
const TOP_LEVEL: Readonly<Record<Country, string>> = {
  US: 'com',
  GB: 'co.uk',
  DE: 'de',
  FR: 'fr',
  NL: 'nl',
  TR: 'com.tr',
}

export interface CompanyName {
  readonly name: string
  /** Unique to the index whatever the country, because each index has its own combination of words. */
  readonly domain: string
  readonly secondDomain: string
}

/** The name of company number `index`: the words are the digits of a shuffled index, so no two companies share one. */
export function companyName(index: number, country: Country): CompanyName {
  const pairs = STEMS.length * TRADES.length
  const shuffled = ((index % pairs) * 1009) % pairs // 1009 is prime and does not divide 2,400
  const stem = STEMS[shuffled % STEMS.length] ?? ''
  const trade = TRADES[Math.floor(shuffled / STEMS.length)] ?? ''
  const round = Math.floor(index / pairs)
  const place = round === 0 ? '' : (PLACES[(round - 1) % PLACES.length] ?? '')
  const again = round > PLACES.length ? String(Math.ceil(round / PLACES.length)) : ''
  const parts = [stem, trade, place, again].filter((part) => part !== '')
  const host = parts.map(asciiSlug).join('-')
  return {
    name: `${parts.join(' ')} ${LEGAL_FORM[country]}`,
    domain: `${host}.${TOP_LEVEL[country]}`,
    secondDomain: `${host}-group.com`,
  }
}

const LETTERS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ı: 'i', ł: 'l', ø: 'oe' }

/** Letters a mail or web address can hold: `Öztürk` becomes `oeztuerk`. */
export function asciiSlug(text: string): string {
  // Not toLowerCase of a locale: `I` is `i` here wherever the machine stands.
  const spelled = [...text.normalize('NFC').toLowerCase()].map((letter) => LETTERS[letter] ?? letter).join('')
  return spelled.normalize('NFD').replace(/[^a-z0-9]/g, '')
}

/** A network of documentation or benchmark addresses (RFC 2544, RFC 3849) that belongs to company `index` alone. */
export function companyNetwork(index: number): { readonly cidr: string; readonly address: (host: number) => string } {
  const slot = Math.floor(index / 2)
  if (index % 2 === 0 && slot < 16_384) {
    // 198.18.0.0/15 holds 16,384 networks of eight addresses.
    const base = slot * 8
    const text = (offset: number) => {
      const number = base + offset
      return `198.${18 + Math.floor(number / 65_536)}.${Math.floor(number / 256) % 256}.${number % 256}`
    }
    return { cidr: `${text(0)}/29`, address: (host) => text(1 + (host % 6)) }
  }
  const prefix = `2001:db8:${(index >>> 8).toString(16)}:${((index & 0xff) << 8).toString(16)}`
  return { cidr: `${prefix}::/56`, address: (host) => `${prefix}::${(1 + host).toString(16)}` }
}
