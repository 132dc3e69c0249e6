import type { DataCentresBoard } from '@gala/contracts'
import type { ReactNode } from 'react'

export type Centre = DataCentresBoard['items'][number]

const roleWords = { writer: '● writes', replica: '○ follows', fenced: '▲ neither writes nor follows' }

/** One data centre: what its database is and how far it has come, how far away the others are, what it answers itself. */
export function CentreCard({ item, writes, children }: { item: Centre; writes: boolean; children: ReactNode }) {
  const { id, mysql, links, weight } = item
  const ill = mysql.state === 'down' || mysql.role === 'fenced' || mysql.detail !== null || mysql.semiSync === 'off'
  return (
    <article className="panel rule" data-raised={ill || undefined} aria-label={id} data-testid={`centre-${id}`}>
      <div className="row">
        <h2>{id}</h2>
        <span className="spacer" />
        <b data-testid={`role-${id}`}>{mysql.state === 'down' ? '▲ down' : mysql.role ? roleWords[mysql.role] : '–'}</b>
      </div>
      <Line what="Database">
        {mysql.position === null ? 'cannot be asked' : `has everything up to change ${mysql.position}`}
        {mysql.behindMs !== null &&
          (mysql.behindMs === 0 ? ', nothing behind' : `, ▲ ${mysql.behindMs / 1000} s behind`)}
      </Line>
      {writes && (
        <Line what="Commits">
          {mysql.semiSync === 'on' ? (
            'wait until another data centre has them'
          ) : (
            <b className="warned">▲ exist here only: no other data centre confirms</b>
          )}
        </Line>
      )}
      {mysql.detail && (
        <Line what="Says">
          <b className="warned">{mysql.detail}</b>
        </Line>
      )}
      {links.map(({ to, rttMs }) => (
        <Line key={to} what={`To ${to}`}>
          {rttMs === null ? <b className="warned">▲ no answer</b> : `${rttMs.toFixed(1)} ms there and back`}
        </Line>
      ))}
      <Line what="Answers">
        {weight.percent === 100 ? (
          'all of its own requests'
        ) : (
          <b className="warned">
            {weight.percent === 0 ? '▲ drained: none of its own requests' : `▲ ${weight.percent} % of its own requests`}
          </b>
        )}
        {weight.order && `, ordered by ${weight.order.actor}: ${weight.order.reason}`}
      </Line>
      <div className="row">{children}</div>
    </article>
  )
}

const Line = ({ what, children }: { what: string; children: ReactNode }) => (
  <div className="fact">
    <span className="dim">{what}</span>
    <span>{children}</span>
  </div>
)
