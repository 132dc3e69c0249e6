import type { ReactNode } from 'react'
import { secondOfDay } from '../../format/times.js'

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

export function Numbers(props: {
  title: string
  items: readonly { name: string; value: number; unit: string; at?: string | null }[]
}) {
  const { title, items } = props
  return (
    <Part title={title}>
      {items.length === 0 && <p className="plain dim">Nothing was counted.</p>}
      <dl className="numbers">
        {items.map(({ name, value, unit, at }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <b className="number">{value.toLocaleString('en-US', { maximumFractionDigits: 2 })}</b> {unit}
              {at && <span className="dim"> at {secondOfDay(at)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </Part>
  )
}
