import { ActsPanel } from '../switches/acts-panel.js'
import { useDesk, useWhyNot } from '../switches/desk.js'
import type { Live } from '../use-fleet.js'
import { AuditFeed } from './audit-feed.js'
import { BreakerGrid } from './breaker-grid.js'
import { ClockPanel } from './clock-panel.js'
import { LevelPanel } from './level-panel.js'
import { Shares } from './shares.js'
import { SwitchList } from './switch-list.js'
import { TrafficCard } from './traffic-card.js'

/** Everything of a night on one screen. */
export function RoomPage({ live }: { live: Live }) {
  const { board, samples } = useDesk().log
  const cannot = useWhyNot()
  return (
    <div className="room" data-testid="control-room">
      <h1 className="unseen">Control room</h1>
      <div className="room-top">
        <ClockPanel />
        <LevelPanel />
        <ActsPanel />
      </div>
      {cannot && (
        <p className="cannot" data-testid="cannot">
          ○ {cannot}
        </p>
      )}
      <div className="room-body">
        <SwitchList />
        <div className="room-side">
          <Shares traffic={board.traffic} />
          {board.traffic.map((traffic) => (
            <TrafficCard key={traffic.dc} now={traffic} samples={samples.get(traffic.dc) ?? []} />
          ))}
          <BreakerGrid />
          <AuditFeed live={live} />
        </div>
      </div>
    </div>
  )
}
