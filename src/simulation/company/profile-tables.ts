/** Weights from which a company's profile is drawn. Order and names are part of the world: changing them changes it. */
export const INDUSTRIES = {
  software: 0.2,
  manufacturing: 0.18,
  professional_services: 0.15,
  financial_services: 0.12,
  retail: 0.11,
  healthcare: 0.09,
  logistics: 0.08,
  public_sector: 0.07,
} as const
export type Industry = keyof typeof INDUSTRIES

export const COUNTRIES = { US: 0.34, GB: 0.16, DE: 0.2, FR: 0.1, NL: 0.08, TR: 0.12 } as const
export type Country = keyof typeof COUNTRIES
export const REGIONS: Readonly<Record<Country, string>> = {
  US: 'north_america',
  GB: 'uk_ireland',
  DE: 'dach',
  FR: 'southern_europe',
  NL: 'benelux',
  TR: 'mea',
}
export const EURO_COUNTRIES: readonly Country[] = ['DE', 'FR', 'NL']

export const OWNERSHIPS = { private: 0.55, private_equity: 0.15, public: 0.18, family: 0.12 } as const

/** Natural logarithm of the median headcount, and the median revenue per head in USD. */
export const SIZE: Readonly<Record<Industry, { readonly logEmployees: number; readonly revenuePerHead: number }>> = {
  software: { logEmployees: 4.8, revenuePerHead: 210_000 },
  manufacturing: { logEmployees: 5.6, revenuePerHead: 240_000 },
  professional_services: { logEmployees: 4.7, revenuePerHead: 150_000 },
  financial_services: { logEmployees: 5.5, revenuePerHead: 380_000 },
  retail: { logEmployees: 5.7, revenuePerHead: 180_000 },
  healthcare: { logEmployees: 5.6, revenuePerHead: 140_000 },
  logistics: { logEmployees: 5.5, revenuePerHead: 170_000 },
  public_sector: { logEmployees: 6, revenuePerHead: 120_000 },
}
export const SIZE_SPREAD = { logEmployees: 1.3, logRevenuePerHead: 0.4, least: 5, most: 150_000 }

/** Base share of companies that run it, and where it is more or less common (a factor on the odds). */
export const TECHNOLOGIES: Readonly<
  Record<string, { readonly share: number; readonly odds?: Partial<Record<Industry, number>> }>
> = {
  salesforce: { share: 0.35, odds: { software: 2, financial_services: 1.5, public_sector: 0.4 } },
  hubspot: { share: 0.22, odds: { software: 1.8, professional_services: 1.4 } },
  dynamics: { share: 0.15, odds: { manufacturing: 1.8, public_sector: 1.6 } },
  legacy_crm: { share: 0.18, odds: { manufacturing: 1.5, logistics: 1.6, software: 0.3 } },
  sap: { share: 0.25, odds: { manufacturing: 2.5, retail: 1.6, software: 0.4 } },
  snowflake: { share: 0.16, odds: { software: 2, financial_services: 1.6 } },
  bigquery: { share: 0.14, odds: { retail: 1.6, software: 1.4 } },
  kubernetes: { share: 0.24, odds: { software: 3, public_sector: 0.4 } },
  aws: { share: 0.45, odds: { software: 1.8 } },
  azure: { share: 0.38, odds: { public_sector: 1.6, healthcare: 1.4 } },
  marketo: { share: 0.1, odds: { software: 1.5 } },
  slack: { share: 0.3, odds: { software: 2.5, public_sector: 0.3 } },
  servicenow: { share: 0.12, odds: { financial_services: 2, healthcare: 1.5 } },
}

export const TOPICS = [
  'account_based_marketing',
  'lead_scoring',
  'intent_data',
  'sales_forecasting',
  'crm_migration',
  'marketing_attribution',
  'data_enrichment',
  'revenue_operations',
] as const

/** Where a company is known from and how often: in the CRM, or only in the bought reference universe. */
export const KNOWLEDGE = {
  notInCrm: 0.2,
  backfilled: 0.15,
  /** Known this long before the first month (the rest appears at an even pace while the world runs). */
  beforeStartShare: 0.68,
  daysBefore: 900,
  industryUnknown: 0.04,
  employeesUnknown: 0.05,
  hasNetwork: 0.55,
  networkBackfilled: 0.5,
  hasSecondDomain: 0.1,
}

/** Months of facts before the first opportunity: no window may start before the first facts. */
export const WARM_UP_MONTHS = 4
