import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Loader,
  NumberInput,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { Asked } from '../asked.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { WideTable } from '../wide-table.js'
import { type GiftItem, giftLines, giftsFlaw, movedGift, newGift } from './gift-edits.js'
import { GiftsDialog } from './gifts-dialog.js'
import { useAdminCannot } from './use-admin.js'

const everyMs = 2_000
const giftsMax = 100

/** What viewers can give, edited as a whole. */
export function GiftsPage() {
  const { api } = useSession()
  const ask = useCallback(async (signal: AbortSignal) => (await api.rooms.gifts({}, { signal })).data, [api])
  const { value: catalogue, atMs, failure, refresh } = usePolled(ask, everyMs)
  const [draft, setDraft] = useState<GiftItem[]>()
  const [saving, setSaving] = useState(false)
  const [said, setSaid] = useState('')
  const cannot = useAdminCannot(atMs)
  const items = draft ?? catalogue?.items ?? []
  const flaw = giftsFlaw(items)
  const changed = draft !== undefined && giftLines(catalogue?.items ?? [], draft).length > 0
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Gifts
        </Title>
        <span role="status" data-testid="said">
          {said && `✓ ${said}`}
        </span>
        {catalogue && <Asked atMs={atMs} everyS={everyMs / 1000} />}
      </Group>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {failure && (
        <Alert color="orange" role="alert" title="The gifts cannot be read">
          {failure}
        </Alert>
      )}
      {!catalogue && !failure && <Loader role="status" aria-label="Loading" />}
      {catalogue && items.length === 0 && <Text c="dimmed">Nothing can be given.</Text>}
      {catalogue && items.length > 0 && <GiftTable items={items} locked={cannot !== undefined} onChange={setDraft} />}
      {catalogue && (
        <Group>
          <Button
            size="xs"
            variant="default"
            data-testid="add-gift"
            disabled={cannot !== undefined || items.length >= giftsMax}
            onClick={() => setDraft([...items, newGift])}
          >
            ＋ Add a gift
          </Button>
          <span className="spacer" />
          <Text size="sm" c="dimmed" role="status">
            {(changed ? flaw : undefined) ?? `${items.length} gifts, version ${catalogue.version}`}
          </Text>
          <Button size="xs" variant="default" disabled={!draft} onClick={() => setDraft(undefined)}>
            Put back
          </Button>
          <Button
            size="xs"
            data-testid="save-gifts"
            disabled={cannot !== undefined || !changed || flaw !== undefined}
            title={cannot ?? flaw}
            onClick={() => setSaving(true)}
          >
            Save…
          </Button>
        </Group>
      )}
      {saving && draft && catalogue && (
        <GiftsDialog
          catalogue={catalogue}
          items={draft}
          onDone={(words) => {
            setSaid(words)
            setDraft(undefined)
          }}
          onRefresh={refresh}
          onClose={() => setSaving(false)}
        />
      )}
    </Stack>
  )
}

function GiftTable(props: { items: readonly GiftItem[]; locked: boolean; onChange: (items: GiftItem[]) => void }) {
  const { items, locked, onChange } = props
  return (
    <WideTable label="Gifts" heads={['Kind', 'Title', 'Value', 'Given', '']}>
      {items.map((item, i) => (
        <GiftRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place while its kind is typed.
          key={i}
          item={item}
          locked={locked}
          onChange={(over) => onChange(items.with(i, { ...item, ...over }))}
          onMove={(by) => onChange(movedGift(items, i, by))}
          onRemove={() => onChange(items.filter((_, at) => at !== i))}
        />
      ))}
    </WideTable>
  )
}

function GiftRow(props: {
  item: GiftItem
  locked: boolean
  onChange: (over: Partial<GiftItem>) => void
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}) {
  const { item, locked, onChange, onMove, onRemove } = props
  const { kind, title, value, active } = item
  const icon = { variant: 'subtle', disabled: locked } as const
  return (
    <Table.Tr className="gift-row" data-testid={`gift-${kind}`}>
      <Table.Th scope="row">
        <TextInput
          size="xs"
          aria-label="Kind"
          w={140}
          maxLength={64}
          disabled={locked}
          value={kind}
          onChange={(event) => onChange({ kind: event.currentTarget.value })}
        />
      </Table.Th>
      <Table.Td>
        <TextInput
          size="xs"
          aria-label={`Title of ${kind}`}
          w={220}
          maxLength={80}
          disabled={locked}
          value={title}
          onChange={(event) => onChange({ title: event.currentTarget.value })}
        />
      </Table.Td>
      <Table.Td>
        <NumberInput
          size="xs"
          aria-label={`Value of ${kind}`}
          w={120}
          min={0}
          max={100_000_000}
          allowDecimal={false}
          disabled={locked}
          value={value}
          onChange={(given) => typeof given === 'number' && onChange({ value: given })}
        />
      </Table.Td>
      <Table.Td>
        <Switch
          size="sm"
          aria-label={`${kind} can be given`}
          label={active ? '● yes' : '○ no'}
          disabled={locked}
          checked={active}
          onChange={(event) => onChange({ active: event.currentTarget.checked })}
        />
      </Table.Td>
      <Table.Td>
        <Group gap={2} wrap="nowrap">
          <ActionIcon {...icon} aria-label={`Move ${kind} up`} onClick={() => onMove(-1)}>
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon {...icon} aria-label={`Move ${kind} down`} onClick={() => onMove(1)}>
            <IconArrowDown size={16} />
          </ActionIcon>
          <ActionIcon {...icon} color="orange" aria-label={`Remove ${kind}`} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
