// Commands that are played instead of a documented one which takes long, or needs what a simulated company of that size does
// not have. By the documented command, as `npx winrate`.

const NO_WAREHOUSE = 'the company has no other database: its own one is asked for nothing'
const UNPROVEN = 'a small company proves nothing: this is the way out that the document names'

interface Instead {
  readonly command: string
  readonly why: string
}

export const INSTEAD: Readonly<Record<string, Instead>> = {
  'npx winrate demo': {
    command: 'npx winrate demo --accounts 700',
    why: 'the smallest company that can be learned from',
  },
  'npx winrate backtest m-0f1e2d3c4b5a6978': {
    command:
      'npx winrate backtest m-0f1e2d3c4b5a6978 --models models --capacity-per-month 40 --target-win-rate 0.1 --replicates 20 --html proof.html --json proof.json',
    why: 'time',
  },
  'npx winrate promote m-a63f550993ced831': {
    command: 'npx winrate promote m-a63f550993ced831 --force --reason "small" --by Kim --json',
    why: UNPROVEN,
  },
  'npx winrate import --from postgresql://reader@warehouse.example/sales --kind accounts --query "select id as external_id, name, website as domain from companies"':
    {
      command:
        'npx winrate import --from WAREHOUSE --kind accounts --query "select external_id, external_id as name from account limit 0"',
      why: NO_WAREHOUSE,
    },
  'npx winrate import --from postgresql://reader@warehouse.example/sales --mapping deals.json --query "select * from deals" --since-column updated_at --state deals-state.json':
    {
      command:
        'npx winrate import --from WAREHOUSE --kind accounts --query "select external_id from account limit 0" --since-column external_id --state deals-state.json',
      why: NO_WAREHOUSE,
    },
  "npx winrate import --from duckdb: --kind activities --query \"select * from 'events/*.parquet' where kind <> 'bounce'\"":
    {
      command: 'npx winrate import --from duckdb: --kind activities --query "from range(0)"',
      why: 'the simulated company has no Parquet files',
    },
  // `npx winrate bench --size smoke` runs every benchmark: these lines run the cheapest.
  'npx winrate bench': { command: 'npx winrate bench --size smoke --only fit', why: 'time' },
  'npx winrate bench --only import fit': { command: 'npx winrate bench --only import fit --size smoke', why: 'time' },
  'npx winrate bench --only backtest --size full': {
    command: 'npx winrate bench --only fit --size smoke',
    why: 'hours',
  },
  'npx winrate bench --size full --json bench.json': {
    command: 'npx winrate bench --size smoke --only fit --json bench.json',
    why: 'hours',
  },
  'npx winrate bench --peer sklearn_logistic.py': {
    command: 'npx winrate bench --size smoke --only fit --peer sklearn_logistic.py',
    why: 'without scikit-learn, which the report says',
  },
  'npx winrate fuzz --cases 1000 --seed 2': { command: 'npx winrate fuzz --cases 1 --seed 2', why: 'time' },
  'npx winrate fuzz --cases 200 --operation createSegment listEvents': {
    command: 'npx winrate fuzz --cases 1 --operation createSegment listEvents',
    why: 'time',
  },
  'npx winrate time-machine [--pairs 10000] [--seed 1] [--models models] [--as-of DAY]': {
    command: 'npx winrate time-machine [--pairs 30] [--seed 1] [--models models] [--as-of DAY]',
    why: 'time',
  },
  'npx winrate simulate --out DIR [--accounts 2000] [--months 36] [--end 2025-11-01] [--seed 1]': {
    command: 'npx winrate simulate --out OUT [--accounts 30] [--months 12] [--end 2025-11-01] [--seed 1]',
    why: 'time, and not into the folder of the company that is played with',
  },
  'npx winrate simulate --out DIR --end 2025-11-01 --shape hubspot-labels --spreadsheet --time-zone America/New_York': {
    command:
      'npx winrate simulate --out OUT --end 2025-11-01 --shape hubspot-labels --spreadsheet --time-zone America/New_York --accounts 30 --months 12',
    why: 'time',
  },
  'npx winrate simulate --out DIR --end 2025-11-01 --worklist list.csv': {
    command: 'npx winrate simulate --out OUT --end 2025-11-01 --worklist list.csv --accounts 30 --months 12',
    why: 'time',
  },
}

/** The same for bodies of calls. */
export const BODY_INSTEAD: Readonly<Record<string, Instead>> = {
  '{"expected_champion": "m-a63f550993ced831"}': {
    command: '{"expected_champion": "m-a63f550993ced831", "force": true, "reason": "small"}',
    why: UNPROVEN,
  },
}

/** Options that no start uses. */
export const NOT_USED: Readonly<Record<string, string>> = {
  'backtest --cost-ratio': 'excludes --target-win-rate, and a second backtest takes a minute',
}
