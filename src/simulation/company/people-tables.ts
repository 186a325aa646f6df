import type { BuyingRole, Seniority } from '../export/rows.ts'
import type { Country } from './profile-tables.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const ENGLISH_GIVEN = words(`Olivia James Amelia Noah Grace Henry Chloe Ethan Maya Lucas Zoe Daniel Priya Samuel Hannah
  Marcus Aisha Oliver Nora Thomas`)
const ENGLISH_FAMILY =
  words(`Carter Bennett Hughes Patel Morgan Foster Nguyen Walsh Reed Okafor Ellis Barnes Khan Brooks
  Lawson Pierce Sutton Holt Garcia Whitaker`)
const GERMAN_GIVEN = words(
  `Jürgen Sabine Lukas Anna Björn Käthe Felix Jana Götz Ulrike Maximilian Lea Stefan Heike Jörg`,
)
const GERMAN_FAMILY = words(`Müller Schäfer Weiß Großmann Becker Hoffmann Köhler Vogel Böhm Krause Lorenz Jäger Schröder
  Winkler Fuchs`)
const FRENCH_GIVEN = words(`Élodie Luc François Camille Hélène Antoine Zoé Théo Margaux Jérôme`)
const FRENCH_FAMILY = words(`Lefèvre Moreau Dubois Garnier Béranger Rousseau Chevalier Marchand Perrin Gauthier`)
const DUTCH_GIVEN = words(`Daan Sanne Bram Lotte Jeroen Fleur Sjoerd Anouk Pieter Marijke`)
const DUTCH_FAMILY = words(`Visser Bakker Mulder Hendriks Dekker Jansen Kuiper Schouten Meijer Postma`)
const TURKISH_GIVEN = words(`Ayşe Çağrı Işıl Ömer Şule Gökhan Zeynep İbrahim Tuğçe Thresholdış Nilüfer Yiğit`)
const TURKISH_FAMILY = words(`Yılmaz Öztürk Çelik Şahin Güneş Kılıç Doğan Aydın Koç Erdoğan Ünal Sarıkaya`)

export const PEOPLE: Readonly<Record<Country, { given: readonly string[]; family: readonly string[] }>> = {
  US: { given: ENGLISH_GIVEN, family: ENGLISH_FAMILY },
  GB: { given: ENGLISH_GIVEN, family: ENGLISH_FAMILY },
  DE: { given: GERMAN_GIVEN, family: GERMAN_FAMILY },
  FR: { given: FRENCH_GIVEN, family: FRENCH_FAMILY },
  NL: { given: DUTCH_GIVEN, family: DUTCH_FAMILY },
  TR: { given: TURKISH_GIVEN, family: TURKISH_FAMILY },
}

export interface Position {
  readonly role: BuyingRole
  readonly seniority: Seniority
  readonly department: string
  readonly titles: readonly string[]
  readonly german?: readonly string[]
  readonly french?: readonly string[]
}

/** Positions a buying group is drawn from, with the local titles that a German or French company uses half of the time. */
export const POSITIONS: readonly Position[] = [
  {
    role: 'economic_decision_maker',
    seniority: 'c_level',
    department: 'marketing',
    titles: ['Chief Marketing Officer', 'CMO', 'Chief Growth Officer'],
    german: ['Geschäftsführer Marketing', 'Marketingvorstand'],
    french: ['Directrice Générale Marketing'],
  },
  {
    role: 'economic_decision_maker',
    seniority: 'c_level',
    department: 'sales',
    titles: ['Chief Revenue Officer', 'CRO', 'Chief Commercial Officer'],
    german: ['Geschäftsführer Vertrieb', 'Vertriebsvorstand'],
    french: ['Directeur Commercial Groupe'],
  },
  {
    role: 'economic_decision_maker',
    seniority: 'vp',
    department: 'sales',
    titles: ['VP Sales', 'Vice President, Global Sales', 'SVP Revenue'],
    german: ['Bereichsleiter Vertrieb'],
  },
  {
    role: 'economic_decision_maker',
    seniority: 'c_level',
    department: 'finance',
    titles: ['Chief Financial Officer', 'CFO'],
    german: ['Kaufmännischer Geschäftsführer'],
    french: ['Directeur Administratif et Financier'],
  },
  {
    role: 'technical_decision_maker',
    seniority: 'vp',
    department: 'it',
    titles: ['VP Engineering', 'VP IT', 'Vice President, Data & Analytics'],
    german: ['Bereichsleiter IT'],
  },
  {
    role: 'technical_decision_maker',
    seniority: 'director',
    department: 'it',
    titles: ['Director of IT', 'Head of Business Systems', 'Director, Data Platform'],
    german: ['Leiter IT', 'Leiterin Informationssysteme'],
    french: ["Directeur des Systèmes d'Information"],
  },
  {
    role: 'procurement',
    seniority: 'director',
    department: 'procurement',
    titles: ['Director of Procurement', 'Head of Strategic Sourcing'],
    german: ['Leiter Einkauf'],
    french: ['Directeur des Achats'],
  },
  {
    role: 'procurement',
    seniority: 'manager',
    department: 'procurement',
    titles: ['Procurement Manager', 'Senior Buyer', 'Category Manager, Software'],
    german: ['Strategische Einkäuferin'],
    french: ['Acheteuse Senior'],
  },
  {
    role: 'influencer',
    seniority: 'director',
    department: 'marketing',
    titles: ['Director of Demand Generation', 'Head of Marketing Operations', 'Director, Revenue Operations'],
    german: ['Leiterin Marketing', 'Leiter Vertriebssteuerung'],
    french: ['Responsable Marketing'],
  },
  {
    role: 'influencer',
    seniority: 'manager',
    department: 'sales',
    titles: ['Sales Operations Manager', 'Inside Sales Manager', 'Sales Enablement Manager'],
    german: ['Vertriebsleiter Innendienst'],
    french: ['Responsable des Ventes'],
  },
  {
    role: 'user',
    seniority: 'manager',
    department: 'marketing',
    titles: ['Marketing Manager', 'Campaign Manager', 'CRM Manager'],
    german: ['Marketingreferentin', 'CRM-Manager'],
    french: ['Chef de Projet Marketing'],
  },
  {
    role: 'user',
    seniority: 'individual',
    department: 'sales',
    titles: ['Account Executive', 'Sales Development Representative', 'Business Analyst', 'Marketing Specialist'],
    german: ['Vertriebsmitarbeiter', 'Sachbearbeiter Vertrieb'],
    french: ['Chargée de Clientèle'],
  },
]

/** How a buying group is filled: the roles in order of how often each is there. */
export const ROLE_WEIGHTS: Readonly<Record<BuyingRole, number>> = {
  economic_decision_maker: 0.2,
  technical_decision_maker: 0.18,
  procurement: 0.1,
  influencer: 0.24,
  user: 0.28,
}

export const CONTACTS = {
  least: 2,
  most: 9,
  /** Shares at the start: in the CRM from a list, found only by what they do (the rest), never seen unless sales finds them. */
  fromList: 0.32,
  neverByThemselves: 0.12,
  listBackfilled: 0.3,
  freeMail: 0.05,
  withoutEmail: 0.03,
  freeMailDomains: ['gmail.com', 'outlook.com', 'gmx.de', 'yahoo.com'],
}
