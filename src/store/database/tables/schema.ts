import type { AccessTables } from './access.ts'
import type { DeliveryTables } from './delivery.ts'
import type { EventTables } from './events.ts'
import type { FactsTables } from './facts.ts'
import type { IdentityTables } from './identity.ts'
import type { ImportTables } from './imports.ts'
import type { QualificationTables } from './qualification.ts'
import type { RegistryTables } from './registry.ts'
import type { ScoringTables } from './scoring.ts'

/** The tables as the migrations create them, by the same subjects. Rows stay inside `store`, whose functions return core types. */
export interface Database
  extends FactsTables,
    IdentityTables,
    ImportTables,
    RegistryTables,
    ScoringTables,
    EventTables,
    QualificationTables,
    DeliveryTables,
    AccessTables {}
