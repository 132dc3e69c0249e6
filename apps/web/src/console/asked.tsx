import { Text } from '@mantine/core'
import { useNow } from './use-fleet.js'

/** How old is what a page shows that asks every so many seconds (`atMs`: this browser's clock). */
export function Asked({ atMs, everyS = 2 }: { atMs: number; everyS?: number }) {
  const ageS = Math.max(0, Math.round((useNow() - atMs) / 1000))
  return (
    <Text c={ageS > 5 ? 'orange' : 'dimmed'} size="sm">
      {ageS > 5 ? `▲ asked ${ageS} s ago` : `asked every ${everyS} s`}
    </Text>
  )
}
