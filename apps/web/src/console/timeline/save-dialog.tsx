import { Alert, Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSession } from '../session.js'
import { ActDialog, type ActProps } from './act-dialog.js'
import { ChangeList } from './change-list.js'
import { type TimelineWish, useDryRun } from './use-dry-run.js'

/** Changes the script, or its times, after showing what the server says that does. */
export function SaveDialog(
  props: ActProps & {
    title: string
    hold: string
    testId: string
    done: string
    /** Undefined: there is nothing to be looked at yet, and `flaw` says why. */
    wish: TimelineWish | undefined
    flaw?: string | undefined
    children?: ReactNode
  },
) {
  const { timeline, wish, flaw, done, children, ...rest } = props
  const { api } = useSession()
  const answer = useDryRun(timeline, wish)
  const unlooked = answer
    ? answer.failure && 'The server does not take it: see above.'
    : 'The server is asked what it does.'
  const given = [...timeline.steps, ...(wish?.steps ?? []), ...(answer?.steps ?? [])]
  return (
    <ActDialog
      {...rest}
      wide
      timeline={timeline}
      flaw={flaw ?? (wish ? unlooked : 'Choose first.')}
      send={async (body) => {
        await api.timeline.save({ params: { id: timeline.event.id }, body: { ...wish, ...body } })
        return done
      }}
    >
      {children}
      {wish && !answer && <Loader role="status" size="sm" aria-label="Asking what would change" />}
      {answer?.failure && (
        <Alert color="orange" role="alert" title="It cannot be done like this">
          {answer.failure}
        </Alert>
      )}
      {answer && !answer.failure && (
        <ChangeList changes={answer.changes} titles={new Map(given.map(({ key, title }) => [key, title]))} />
      )}
    </ActDialog>
  )
}
