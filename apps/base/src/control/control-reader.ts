import { AppError } from '@gala/contracts'
import { Injectable } from '@nestjs/common'
import { ControlRepository, nothingOrdered, type Orders } from './control.repository.js'
import { ControlPublisher } from './control-publisher.service.js'

/** What has been ordered, for people: with everything this process has heard of, and while no database server answers, as it was last known. */
@Injectable()
export class ControlReader {
  constructor(
    private readonly control: ControlRepository,
    private readonly publisher: ControlPublisher,
  ) {}

  async orders(): Promise<Orders> {
    try {
      return (await this.control.read(this.publisher.wanted)).value
    } catch (error) {
      if (error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE')
        return this.publisher.orders ?? nothingOrdered
      throw error
    }
  }
}
