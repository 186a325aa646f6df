// Options that no block of the documents uses, several in one start. `documents.test.ts` says when one is missing here.

/** On the company that the documents are played with, after them. */
export const ON_THE_COMPANY: readonly string[] = [
  'npm run import -- --kind accounts --delimiter comma --encoding utf-8 --source crm --rejects rejects.csv --amend --dry-run --json accounts.csv',
  'npm run score -- --model m-a63f550993ced831 --as-of 2026-01-01 --json',
  'npm run train -- --specification models --as-of DAY --json',
  'npm run models -- --json',
  'npm run promote -- m-a63f550993ced831 --dry-run --expect m-a63f550993ced831',
  'npm run rollback -- --by Kim --reason small --expect CHAMPION --json',
  'npm run explain -- A000002 --since DAY --all --json',
  'npm run explain -- A000002 --as-of NOW',
  'npm run playbook -- A000002 --json',
  'npm run titles -- --unknown --limit 5 --models models --json',
  'npm run grid -- --specification models --since HALF_A_YEAR_AGO --as-of NOW --json',
  'npm run icp -- --json icp.json',
  'npm run merge -- --from EXTERNAL_ID --into EXTERNAL_ID --json',
  'npm run api-key -- create --scopes score:read --actor "BDR tool" --actor-per-request --json',
  'npm run api-key -- rotate KEY_ID --overlap 0 --json',
  'npm run api-key -- revoke KEY_ID --json',
  'npm run api-key -- list --json',
  'npm run write-back -- hubspot --once --mapping models/write-back/hubspot.json',
]

/** Beside them. */
export const ALONE: readonly string[] = [
  'npm run simulate -- --out OUT --end 2025-11-01 --accounts 30 --months 12 --opportunities 20 --no-latent --no-interactions --sales-effect 0.1 --no-sales-traces --dirt 0.2',
  'npm run study -- verdict --companies 1 --kind noise --fresh-rows 100 --replicates 10 --seed 1',
  'npm run study -- replay --companies 2 --accounts 1000 --capacity-per-month 10 --seed 1 --json replay.json',
  'npm run study -- holdout --companies 1 --accounts 100 --seed 1',
  'npm run study -- hysteresis --companies 1 --accounts 800 --share 0.1 --seed 1 --grid',
  'npm run people-study -- --opportunities 600 --accounts 500 --end 2025-11-01 --seed 1 --models models',
  'npm run chaos -- --share 0.01 --only promotions',
  'npm run example -- simulated-company --data DIR --json figures.json',
]

/** When nothing else needs the demo's database, which it makes anew. */
export const LAST: readonly string[] = ['npm run demo -- --exit --accounts 600 --seed 2']
