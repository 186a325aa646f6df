/**
 * Every coefficient of the simulated company, in one place. docs/simulated-company.md explains them.
 *
 * The two log-odds are sums over terms named as in `linearTerms` (log-odds.ts): a term absent from a table has
 * coefficient 0. All terms are computed from the facts as they are exported and as they were known on the first of the
 * month, so a logistic regression on such features can reach the truth when `latent` and `interactions` are off.
 */
export interface LogOddsTable {
  readonly intercept: number
  readonly linear: Readonly<Record<string, number>>
  /** Products of two linear terms, which a linear model cannot express. */
  readonly interactions: readonly { readonly of: readonly [string, string]; readonly coefficient: number }[]
  readonly latent: number
}

/** An opportunity that lives at least two days and was not outbound-sourced opens in this month. */
export const OPEN: LogOddsTable = {
  intercept: -6.88,
  linear: {
    'log1p(employees)': 0.12,
    'employees=unknown': 0.6,
    'industry=software': 0.35,
    'industry=financial_services': 0.25,
    'industry=retail': -0.2,
    'industry=public_sector': -0.35,
    'technology=legacy_crm': 0.2,
    'technology=snowflake': 0.2,
    'log1p(buyer_activities_30d)': 0.42,
    'log1p(people_engaged_90d)': 0.4,
    'log1p(pricing_page_visits_30d)': 0.55,
    demo_requested_90d: 0.75,
    'intent_strength_30d/50': 0.55,
    growth_event_90d: 0.45,
    economic_decision_maker_known: 0.2,
    'log1p(deals_lost_365d)': -0.7,
    'log1p(deals_won_730d)': -0.9,
  },
  interactions: [
    { of: ['growth_event_90d', 'log1p(pricing_page_visits_30d)'], coefficient: 0.35 },
    { of: ['demo_requested_90d', 'intent_strength_30d/50'], coefficient: 0.4 },
    { of: ['log1p(people_engaged_90d)', 'industry=public_sector'], coefficient: -0.35 },
  ],
  latent: 0.6,
}

/** The opportunity is won within 180 days of its opening, given that it opens in this month. */
export const WIN: LogOddsTable = {
  intercept: -3.92,
  linear: {
    'log1p(employees)': 0.14,
    'employees=unknown': 0.7,
    'industry=software': 0.55,
    'industry=financial_services': 0.3,
    'industry=healthcare': 0.1,
    'industry=retail': -0.45,
    'industry=logistics': -0.15,
    'industry=public_sector': -0.6,
    'industry=unknown': -0.1,
    'country=US': 0.2,
    'country=DE': 0.3,
    'country=GB': 0.1,
    'country=TR': -0.15,
    'country=FR': -0.2,
    'technology=salesforce': 0.4,
    'technology=snowflake': 0.3,
    'technology=kubernetes': 0.25,
    'technology=sap': -0.25,
    'technology=legacy_crm': -0.4,
    procurement_known: 0.35,
    economic_decision_maker_known: 0.3,
    economic_decision_maker_engaged_90d: 0.5,
    technical_decision_maker_engaged_90d: 0.25,
    'log1p(buyer_activities_30d)': 0.2,
    'log1p(people_engaged_90d)': 0.3,
    'log1p(pricing_page_visits_30d)': 0.3,
    demo_requested_90d: 0.6,
    'intent_strength_30d/50': 0.3,
  },
  interactions: [
    { of: ['demo_requested_90d', 'economic_decision_maker_engaged_90d'], coefficient: 0.4 },
    { of: ['procurement_known', 'industry=public_sector'], coefficient: 0.9 },
    { of: ['log1p(pricing_page_visits_30d)', 'technology=salesforce'], coefficient: 0.35 },
    { of: ['log1p(people_engaged_90d)', 'technology=legacy_crm'], coefficient: -0.45 },
  ],
  latent: 0.35,
}

/** The person who drives a deal, in log-odds: of a person without activities, and for each unit that a person adds to the win log-odds. */
export const DRIVERS = { intercept: -2, perLogOdds: 4 }

/** What no fact shows: an account's own constant plus a monthly first-order autoregression, about unit variance together. */
export const LATENT = { constantSd: 0.6, monthlyCarry: 0.75, monthlySd: 0.53 }

/** The account part of the win log-odds, standardised with these, drives how often an account starts to research. */
export const FIT = { mean: 1.03, sd: 0.57 }

export const INTEREST_STATES = ['dormant', 'researching', 'evaluating'] as const
export type InterestState = (typeof INTEREST_STATES)[number]

/** Monthly transitions. To research from dormant: `base * exp(perFit * fit + perGrowthEvent * (one known to the market))`. */
export const INTEREST = {
  dormant: { toResearching: 0.05, perFit: 0.35, perGrowthEvent: 0.8, limit: 0.5 },
  researching: { toDormant: 0.3, toEvaluating: 0.2 },
  evaluating: { toDormant: 0.25, toResearching: 0.2 },
  start: { researching: 0.13, evaluating: 0.06 },
  /** A closed opportunity ends the interest with this probability. */
  endsAtClose: 0.7,
}

/** Mean facts per account and month by interest, for a buying group of four (grows with the root of its size). */
export const ACTIVITY_RATES = {
  web_visit: [0.35, 2.4, 4.5],
  pricing_page_visit: [0.02, 0.22, 1],
  content_download: [0.03, 0.28, 0.45],
  form_submit: [0.015, 0.09, 0.2],
  webinar_attended: [0.015, 0.12, 0.15],
  event_attended: [0.012, 0.05, 0.07],
  demo_request: [0.003, 0.02, 0.11],
  free_trial_start: [0.002, 0.012, 0.06],
  email_open: [0.35, 0.9, 1.2],
  email_click: [0.05, 0.25, 0.4],
} as const
export type BuyerActivityKind = keyof typeof ACTIVITY_RATES | 'email_reply'

/** Per month while an opportunity is open; more when it will be won, so facts after the opening leak the outcome. */
export const DEAL_RATES = {
  buyer: { web_visit: 2.5, pricing_page_visit: 0.6, content_download: 0.4, email_reply: 1.4 },
  sales: { sales_meeting: 1.3, sales_call: 1.6, sales_email: 2.5 },
  wonFactor: 1.5,
  otherFactor: 0.75,
}

/** The share of activities by role. */
export const ROLE_ACTIVITY = {
  economic_decision_maker: 0.6,
  technical_decision_maker: 1,
  procurement: 0.35,
  influencer: 1,
  user: 1.3,
} as const

/** How an unnamed visit shows its company, and how often the trace can be followed. */
export const ANONYMITY = { byDomain: 0.4, byIp: 0.35, ipOutsideNetwork: 0.2, secondDomain: 0.3, visitorLinked: 0.7 }

/** Weekly signals per topic: how often there is one by interest, and its strength (0 to 100) around the account's own level. */
export const INTENT = {
  signalRate: [0.02, 0.2, 0.38],
  levelMean: 30,
  levelSd: 8,
  lift: [0, 18, 34],
  noiseSd: 11,
  lagDays: [7, 14],
} as const

/** Per account and month; `growth` ones raise the interest and count as `growth_event_90d`. Known `lagDays` later. */
export const BUSINESS_EVENTS = {
  rates: {
    funding: 0.008,
    hiring: 0.035,
    new_executive: 0.012,
    technology_installed: 0.008,
    technology_dropped: 0.005,
  },
  growth: ['funding', 'hiring', 'new_executive'],
  lagDays: [1, 20],
} as const

/** The old rule: an account has its best known contact's points, as of the first of a month; enough are worked by sales. */
export const MQL_RULE = {
  threshold: 46,
  seniority: { c_level: 20, vp: 15, director: 12, manager: 6, individual: 0 },
  employees: [
    { atLeast: 1000, points: 20 },
    { atLeast: 200, points: 12 },
    { atLeast: 50, points: 5 },
  ],
  activity: {
    demo_request: 30,
    free_trial_start: 25,
    pricing_page_visit: 12,
    webinar_attended: 10,
    content_download: 8,
    event_attended: 8,
    form_submit: 6,
    email_click: 3,
    web_visit: 2,
    email_open: 1,
  },
  /** The share of its points that an activity keeps, by age. */
  decay: [
    { maxAgeDays: 30, share: 1 },
    { maxAgeDays: 90, share: 0.4 },
  ],
} as const

/** Work by sales on an account that the rule passed, per month, and its effects. */
export const SALES = {
  touches: { sales_call: 1.6, sales_email: 3, sales_meeting: 0.35 },
  replyToEmail: 0.12,
  replyDays: { least: 0.02, spread: 2.98 },
  findsContact: 0.35,
  opensOutbound: 0.02,
  /** Added to the win log-odds of an account being worked. */
  effect: 0.25,
}

/** The exchange rate's standard deviation (of the log) around the mean, and the share of a day's deviation that remains the next day. */
export const EXCHANGE = { straySd: 0.025, dailyCarry: 0.99 }

export const OPPORTUNITY = {
  partnerShare: 0.1,
  neverClosedShare: 0.04,
  /** Of those not won within 180 days: won after all, between day 181 and day 400. */
  wonLateShare: 0.03,
  daysToWin: { median: 70, sdLog: 0.45, least: 5, most: 178 },
  daysToLose: { median: 68, sdLog: 0.65, least: 3, most: 400 },
  /** Duplicates and tests that live less than two days, per opportunity. */
  shortLivedShare: 0.04,
  amountUsd: { at100Employees: 18_000, perLogEmployees: 0.45, sdLog: 0.5, wonFactor: 0.92, wonSdLog: 0.2 },
  usdPerEur: 1.1,
  linkKnownAtMissing: 0.1,
  linkedContacts: { won: 2.2, other: 1.3 },
}

/**
 * A won new business makes a customer, who opens expansions (a share of the contract) and wins them by the same tables as
 * before. Yearly: renews with sigmoid(intercept + perFit * fit), else churns.
 */
export const CUSTOMER = {
  renewal: { intercept: 1.6, perFit: 0.5 },
  renewalOpensDaysBefore: 60,
  expansionShare: 0.4,
}

/** Average USD a month for 2,000 accounts, by channel. */
export const SPEND: Readonly<Record<string, number>> = {
  paid_search: 21_000,
  content_and_webinars: 14_000,
  events: 17_000,
  intent_data: 6_000,
  sales_development: 38_000,
}
