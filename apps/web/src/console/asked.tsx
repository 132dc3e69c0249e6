import { Text } from '@mantine/core'
import { useNow } from './use-fleet.js'

/** How old is what a page that asks every two seconds shows (`atMs`: this browser's clock). */
export function Asked({ atMs }: { atMs: number }) {
  const ageS = Math.max(0, Math.round((useNow() - atMs) / 1000))
  return (
    <Text c={ageS > 5 ? 'orange' : 'dimmed'} size="sm">
      {ageS > 5 ? `▲ asked ${ageS} s ago` : 'asked every 2 s'}
    </Text>
  )
}
