import type { BreakerMode } from '@gala/contracts'
import { Button, Code, Group, List, Modal, Stack, Text } from '@mantine/core'
import { durations, modes, scopeOf } from './breaker-words.js'

/** What is being ordered; `dc` is empty for all data centres. */
export interface Wish {
  mode: BreakerMode
  name: string
  dc: string
  ttlMs: string
  reason: string
}

/** Says what an order will do, before it does. */
export function ConfirmOrder(props: {
  opened: boolean
  wish: Wish
  processes: number
  onYes: () => void
  onNo: () => void
}) {
  const { opened, wish, processes, onYes, onNo } = props
  const { mode, name, dc, ttlMs } = wish
  const { label, means } = modes[mode]
  const lasts = durations.find(({ value }) => value === ttlMs)?.label
  return (
    <Modal
      opened={opened}
      onClose={onNo}
      title={`${label}: ${name} in ${scopeOf(dc)}?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">
          All {processes} processes obey, for {name === 'dc' ? 'everything' : <Code>{name}</Code>} in {scopeOf(dc)}.
        </Text>
        <List size="sm" spacing="xs">
          <List.Item>{means}</List.Item>
          {mode === 'auto' ? (
            <List.Item>They begin where their own measurements left them.</List.Item>
          ) : (
            <List.Item>
              It ends by itself after {lasts}, in every process by its own clock, also when it is cut off by then.
            </List.Item>
          )}
          {dc === '' && mode !== 'auto' && (
            <List.Item>It takes the place of orders to {name} in single data centres.</List.Item>
          )}
          <List.Item>The audit names you and your reason.</List.Item>
        </List>
        <Group justify="flex-end">
          <Button variant="default" onClick={onNo}>
            Cancel
          </Button>
          <Button data-testid="order-yes" onClick={onYes}>
            {label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
