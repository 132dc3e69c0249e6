import { WeightOrderEntity } from '@gala/database'
import { Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'

/** Inside a write, which holds the one row that hands out positions: what is read here cannot change before it commits. */
@Injectable()
export class WeightsRepository {
  all(manager: EntityManager): Promise<WeightOrderEntity[]> {
    return manager.find(WeightOrderEntity)
  }

  async order(manager: EntityManager, row: WeightOrderEntity) {
    await manager.delete(WeightOrderEntity, { dc: row.dc })
    await manager.insert(WeightOrderEntity, row)
  }
}
