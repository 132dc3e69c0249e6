import type { Dropped, RoomMessage } from '@gala/contracts'
import { collected, gauged } from '@gala/runtime'
import { Counter, Histogram } from 'prom-client'
import type { ApplicationContext } from '../../application.config.js'

export type PumpSignals = ReturnType<typeof pumpSignals>

/** What the pumps of a process tell of themselves. */
export function pumpSignals({ metrics, log }: Pick<ApplicationContext, 'metrics' | 'log'>) {
  const registers = [metrics]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const blocks = counter('gala_room_blocks_total', 'Blocks made: each is encoded once, for everybody in the room')
  const bytes = counter('gala_room_block_bytes_total', 'Bytes of these blocks')
  const messages = counter('gala_room_messages_total', 'Messages in blocks, or left out of them', ['type', 'fate'])
  const takeOvers = counter('gala_room_pump_take_overs_total', 'Rooms whose blocks another process had made before')
  const losses = counter('gala_room_pump_losses_total', 'Rooms that another process makes the blocks of by now')
  const failures = counter('gala_room_pump_failures_total', 'Turns of a pump that failed and are done again', ['part'])
  const refused = counter('gala_room_unwritable_messages_total', 'Messages left out because they cannot be written')
  const windows = new Histogram({
    name: 'gala_room_window_seconds',
    help: 'How long messages are gathered for a block',
    buckets: [0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1],
    registers,
  })
  return {
    told: (shown: readonly RoomMessage[], dropped: Dropped, size: number) => {
      blocks.inc()
      bytes.inc(size)
      for (const { type } of shown) messages.inc({ type, fate: 'shown' })
      for (const type of ['chat', 'notify'] as const)
        if (dropped[type] > 0) messages.inc({ type, fate: 'dropped' }, dropped[type])
    },
    window: (ms: number) => windows.observe(ms / 1_000),
    tookOver: () => takeOvers.inc(),
    lost: () => losses.inc(),
    failed: (part: 'turn' | 'view' | 'report' | 'release' | 'look') => failures.inc({ part }),
    refused: (room: string, count: number, err: unknown) => {
      refused.inc(count)
      // Once a turn at most, and there is a fault in whatever accepted it: somebody has to look.
      log.error({ room, count, err }, 'messages that cannot be written were left out of a room')
    },
  }
}

/** What is read when somebody asks. */
export function pumpGauges(
  { metrics }: Pick<ApplicationContext, 'metrics'>,
  sharing: { readonly held: number; readonly turnedAway: number },
) {
  gauged(metrics, 'gala_room_pumps', 'Rooms this process makes the blocks of', () => sharing.held)
  const help = 'Times a room was left to others because this process has enough'
  collected(metrics, 'gala_room_pumps_turned_away_total', help, [], () => [[{}, sharing.turnedAway]])
}
