import { Box } from '@mantine/core'
import type { ReactNode } from 'react'

/** Scrolls sideways what does not fit, also by keyboard, so that the page itself never does. */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box className="wide" role="region" aria-label={label} tabIndex={0}>
      {children}
    </Box>
  )
}
