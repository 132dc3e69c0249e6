import { Alert, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'

/** A dialog about one act; `id`s of the hint let buttons say why they cannot be held. */
export const hintId = 'hold-hint'

export function Dialog(props: {
  title: string
  onClose: () => void
  failure: string | undefined
  /** Why nothing can be held yet; undefined: it can. */
  hint: string | undefined
  wide?: boolean
  children: ReactNode
}) {
  const { title, onClose, failure, hint, wide, children } = props
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={wide ? 'min(860px, 96vw)' : 'min(720px, 96vw)'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 0 }}
    >
      <Stack gap="sm" data-testid="act-dialog">
        {children}
        {failure && (
          <Alert color="orange" role="alert" title="Not done" data-testid="act-failure">
            {failure}
          </Alert>
        )}
        <p className="hint" id={hintId}>
          {hint ?? 'Press and hold for 0.8 s: mouse, finger, Space or Enter. Let go early and nothing happens.'}
        </p>
      </Stack>
    </Modal>
  )
}
