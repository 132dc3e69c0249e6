import { Alert, Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { DeskContext, type SwitchDesk } from './desk.js'
import { LostLink } from './lost-link.js'

/** Hands the desk to a page about switches, and says so when there is nothing to hand on, or nothing new. */
export function DeskProvider(props: {
  desk: SwitchDesk | undefined
  failure: string | undefined
  children: ReactNode
}) {
  const { desk, failure, children } = props
  if (!desk)
    return failure ? (
      <Alert color="orange" role="alert" title="The switches cannot be read">
        {failure}
      </Alert>
    ) : (
      <Loader role="status" aria-label="Loading" />
    )
  return (
    <DeskContext value={desk}>
      <div className="desk">
        <LostLink />
        {children}
      </div>
    </DeskContext>
  )
}
