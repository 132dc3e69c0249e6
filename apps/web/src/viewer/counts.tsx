import type { Stats } from '@gala/contracts'
import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { IconEye, IconHeartFilled, IconUsers } from '@tabler/icons-react'
import { shortCount } from '../format/counts.js'
import { useLikes } from './use-likes.js'

/** Online, plays, likes, and the button that raises the last. Counts that are cut are left out, never shown as zero. */
export function Counts({ eventId, stats, canLike }: { eventId: string; stats: Stats | null; canLike: boolean }) {
  const { count, like } = useLikes(eventId, stats?.likes ?? 0)
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="2px var(--mantine-spacing-lg)">
        {stats && (
          <>
            <Count icon={<IconUsers size={18} aria-hidden />} value={stats.online} name="online" />
            <Count icon={<IconEye size={18} aria-hidden />} value={stats.plays} name="plays" />
          </>
        )}
      </Group>
      <Button
        data-testid="like-button"
        color="orange"
        radius="xl"
        size="md"
        disabled={!canLike}
        leftSection={<IconHeartFilled size={18} aria-hidden />}
        onClick={like}
      >
        <VisuallyHidden>Like </VisuallyHidden>
        <span data-testid="likes-count" data-count={count}>
          {stats || count > 0 ? shortCount(count) : '+1'}
        </span>
      </Button>
    </Group>
  )
}

function Count({ icon, value, name }: { icon: React.ReactNode; value: number; name: string }) {
  return (
    <Group gap={6} wrap="nowrap" data-testid={`${name}-count`} data-count={value}>
      {icon}
      <Text fw={600}>{shortCount(value)}</Text>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
    </Group>
  )
}
