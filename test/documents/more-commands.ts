// Commands with the options that no document shows, several in one. `documents.test.ts` fails when an option is missing here.

/** On the company that the documents are played with, after them. */
export const ON_THE_COMPANY: readonly string[] = [
  'npx winrate import --kind accounts --delimiter comma --encoding utf-8 --source crm --rejects rejects.csv --max-rejected 10% --currency USD --time-zone Europe/Berlin --decimal point --strict --amend --dry-run --json accounts.csv',
  // Standard input is empty.
  'npx winrate import --singer --preset hubspot',
  'npx winrate init --models other-models --mql-rule none --json',
  'npx winrate score --model m-a63f550993ced831 --as-of 2026-01-01 --json',
  'npx winrate train --models models --as-of DAY --json',
  'npx winrate models --json',
  'npx winrate promote m-a63f550993ced831 --dry-run --expect CHAMPION',
  'npx winrate rollback --by Kim --reason small --expect CHAMPION --json',
  'npx winrate explain A000002 --since DAY --all --json',
  'npx winrate explain A000002 --as-of NOW',
  'npx winrate playbook A000002 --json',
  'npx winrate titles --unknown --limit 5 --models models --json',
  'npx winrate grid --models models --since FOUR_MONTHS_AGO --as-of NOW --json',
  'npx winrate icp --json icp.json',
  'npx winrate merge --from EXTERNAL_ID --into EXTERNAL_ID --json',
  'npx winrate api-key create --scopes score:read --actor "BDR tool" --actor-per-request --json',
  'npx winrate api-key rotate KEY_ID --overlap 0 --json',
  'npx winrate api-key revoke KEY_ID --json',
  'npx winrate api-key list --json',
  'npx winrate write-back salesforce --once --mapping models/write-back/salesforce.json',
]

/** Beside them. */
export const ALONE: readonly string[] = [
  'npx winrate simulate --out OUT --end 2025-11-01 --accounts 30 --months 12 --shape salesforce-api --no-currency',
  'npx winrate simulate --out OUT --end 2025-11-01 --accounts 30 --months 12 --opportunities 20 --no-latent --no-interactions --sales-effect 0.1 --no-sales-traces --dirt 0.2',
  'npx winrate study verdict --companies 1 --kind noise --fresh-rows 100 --replicates 10 --seed 1',
  'npx winrate study replay --companies 2 --accounts 850 --capacity-per-month 10 --seed 1 --json replay.json',
  'npx winrate study holdout --companies 1 --accounts 100 --seed 1',
  'npx winrate study hysteresis --companies 1 --accounts 760 --share 0.1 --seed 1 --grid',
  'npx winrate study levels --companies 1 --accounts 700 --outbound-share 20% --outbound-odds 0.5 --newest-year-odds 1.5 --seed 1 --results levels.jsonl',
  'npx winrate people-study --opportunities 600 --accounts 500 --end 2025-11-01 --seed 1 --models models',
  'npx winrate chaos --share 0.01 --only promotions',
  'npx winrate try table.csv --id "Deal ID" --points Employees --leave-out Region --use Industry --delimiter comma --encoding utf-8 --sheet Deals --json',
  'npx winrate example simulated-company --data DIR --json figures.json',
]

/** Played last: it recreates the demo's database. */
export const LAST: readonly string[] = ['npx winrate demo --exit --accounts 600 --seed 2']
