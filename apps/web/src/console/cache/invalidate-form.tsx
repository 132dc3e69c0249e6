import { GalaError } from '@gala/sdk'
import { Alert, Button, Code, Group, List, Modal, Radio, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { mayEdit, useSession } from '../session.js'
import { Applied, type Written } from './applied.js'
import type { CentreFigures } from './cache-figures.js'

type By = 'tag' | 'key'
const examples = { tag: 'event:spring-gala', key: '/v1/events/spring-gala' }

/** Ends the copies made from a tag, or from what a key was made from, in every process of every data centre. */
export function InvalidateForm({ centres }: { centres: readonly CentreFigures[] }) {
  const session = useSession()
  const [by, setBy] = useState<By>('tag')
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const [written, setWritten] = useState<Written>()
  const what = text.trim()
  const invalidate = async () => {
    setAsked(false)
    setBusy(true)
    setFailure(undefined)
    setWritten(undefined)
    try {
      const body = { [by]: what, reason: reason.trim() }
      const { data } = await session.api.cache.invalidate({ body })
      setWritten({ ...data, atMs: Date.now() })
      setReason('')
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <Stack gap="sm" component="section" aria-label="Invalidate">
      <Title order={2} size="h4">
        Invalidate
      </Title>
      {!mayEdit(session) && <Alert color="yellow">Your role is viewer: you can look, but not invalidate.</Alert>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(true)
        }}
      >
        <Stack gap="sm">
          <Radio.Group label="What to end" value={by} onChange={(value) => setBy(value as By)}>
            <Group mt={4}>
              <Radio value="tag" label="Everything made from a tag" />
              <Radio value="key" label="What a key was made from" data-testid="invalidate-by-key" />
            </Group>
          </Radio.Group>
          <Group align="flex-end">
            <TextInput
              className="grows"
              label={by === 'tag' ? 'Tag to end' : 'Key to end'}
              placeholder={examples[by]}
              data-testid="invalidate-what"
              maxLength={by === 'tag' ? 120 : 400}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <TextInput
              className="grows"
              label="Reason"
              placeholder="For the audit"
              data-testid="invalidate-reason"
              maxLength={400}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Button
              type="submit"
              data-testid="invalidate"
              loading={busy}
              disabled={!mayEdit(session) || what === '' || reason.trim() === ''}
            >
              Invalidate…
            </Button>
          </Group>
        </Stack>
      </form>
      <Confirmation
        opened={asked}
        by={by}
        what={what}
        centres={centres}
        onYes={() => void invalidate()}
        onNo={() => setAsked(false)}
      />
      {failure && (
        <Alert color="orange" role="alert" title="Not invalidated">
          {failure}
        </Alert>
      )}
      {written && <Applied key={written.position} written={written} />}
    </Stack>
  )
}

function Confirmation(props: {
  opened: boolean
  by: By
  what: string
  centres: readonly CentreFigures[]
  onYes: () => void
  onNo: () => void
}) {
  const { opened, by, what, centres, onYes, onNo } = props
  const processes = centres.reduce((count, centre) => count + centre.processes.length, 0)
  return (
    <Modal
      opened={opened}
      onClose={onNo}
      title="Invalidate in all data centres?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">
          {by === 'tag' ? 'Every copy made from the tag ' : 'Every copy made from any tag that is in the key '}
          <Code className="key">{what}</Code> ends in all {processes} processes of{' '}
          {centres.map(({ dc }) => dc).join(' and ')}.
        </Text>
        <List size="sm" spacing="xs">
          <List.Item>The next read of each brings it anew from the database, once per data centre.</List.Item>
          <List.Item>
            Nothing is deleted: while the database does not answer, the old copies stand in, marked.
          </List.Item>
          <List.Item>It is an ordinary change: it gets a position, and the audit names you and your reason.</List.Item>
        </List>
        <Group justify="flex-end">
          <Button variant="default" onClick={onNo}>
            Cancel
          </Button>
          <Button data-testid="invalidate-yes" onClick={onYes}>
            Invalidate
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
