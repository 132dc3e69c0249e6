import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

/** Long enough to read it, too short to forget that it is armed. */
const armedMs = 5_000

/** A button that asks once more at the same place, so that neither a slip nor a jumping list does anything. */
export function TwoStep(props: {
  label: string
  /** What it says when one more press does it. */
  sure: string
  /** What it is about, for who does not see where it stands. */
  about: string
  testId: string
  disabled: boolean
  title: string | undefined
  onSure: () => void
}) {
  const { label, sure, about, testId, disabled, title, onSure } = props
  const [armed, setArmed] = useState(false)
  useEffect(() => {
    if (!armed) return
    const timer = window.setTimeout(() => setArmed(false), armedMs)
    return () => window.clearTimeout(timer)
  }, [armed])
  const press = () => {
    setArmed(!armed)
    if (armed) onSure()
  }
  return (
    <Button
      size="compact-xs"
      variant={armed ? 'filled' : 'default'}
      {...(armed && { color: 'orange' })}
      data-testid={testId}
      data-armed={armed || undefined}
      aria-label={`${armed ? sure : label}: ${about}`}
      disabled={disabled}
      title={title}
      onClick={press}
      onKeyDown={(event) => event.key === 'Escape' && setArmed(false)}
    >
      {armed ? sure : label}
    </Button>
  )
}
