import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { type Hold, looked, pressed, progressOf, released } from './hold.js'

const keys = [' ', 'Enter']

/**
 * A button that does nothing when it is clicked: it has to be held, by mouse, finger or key. A key that was down before
 * the focus came does not count, and neither does the same press a second time.
 */
export function HoldButton(props: {
  onHeld: () => void
  disabled: boolean
  testId: string
  /** Colours it like a rung; `data-picked` marks the one that was asked for. */
  rung?: string
  picked?: boolean
  describedBy?: string
  children: ReactNode
}) {
  const { onHeld, disabled, testId, rung, picked, describedBy, children } = props
  const { progress, press, release } = useHold(onHeld, disabled)
  const onKeyDown = (event: KeyboardEvent) => {
    if (!keys.includes(event.key)) return
    event.preventDefault()
    if (!event.repeat) press('key')
  }
  return (
    <button
      type="button"
      className="hold"
      data-testid={testId}
      data-rung={rung}
      data-picked={picked || undefined}
      disabled={disabled}
      aria-describedby={describedBy}
      onPointerDown={(event) => event.button === 0 && press('pointer')}
      onPointerUp={() => release('pointer')}
      onPointerLeave={() => release('pointer')}
      onPointerCancel={() => release('pointer')}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => keys.includes(event.key) && release('key')}
      onBlur={() => {
        release('key')
        release('pointer')
      }}
    >
      <span className="hold-fill" style={{ transform: `scaleX(${progress})` }} />
      <span className="hold-text">{children}</span>
    </button>
  )
}

function useHold(onHeld: () => void, disabled: boolean) {
  const hold = useRef<Hold>(undefined)
  const frame = useRef(0)
  const [progress, setProgress] = useState(0)
  const end = useCallback(() => {
    cancelAnimationFrame(frame.current)
    hold.current = undefined
    setProgress(0)
  }, [])
  useEffect(() => end, [end])
  // What was allowed when the press began may not be when it ends.
  useEffect(() => {
    if (disabled) end()
  }, [disabled, end])
  const look = () => {
    if (!hold.current) return
    hold.current = looked(hold.current, performance.now())
    if (progressOf(hold.current) < 1) {
      setProgress(progressOf(hold.current))
      frame.current = requestAnimationFrame(look)
      return
    }
    end()
    onHeld()
  }
  return {
    progress,
    press: (by: Hold['by']) => {
      if (hold.current || disabled) return
      hold.current = pressed(undefined, by, performance.now())
      frame.current = requestAnimationFrame(look)
    },
    release: (by: Hold['by']) => {
      hold.current = released(hold.current, by)
      if (!hold.current) end()
    },
  }
}
