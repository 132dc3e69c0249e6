import { GalaError, type OpsClient } from '@gala/sdk'
import { Alert, Button, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { timeOfDay } from '../../format/times.js'
import { Copied } from '../copied.js'
import { useSession } from '../session.js'
import { ReasonInput } from '../switches/reason-input.js'
import type { Live } from '../use-fleet.js'
import { forcedCommand, newTrace } from './forced-command.js'

type Given = Awaited<ReturnType<OpsClient['traces']['force']>>['data']

const holds = [
  { value: '60', label: '1 minute' },
  { value: '600', label: '10 minutes' },
  { value: '3600', label: '1 hour' },
]

/** Asks for a token by which a request is traced whole, and shows how to send it. It changes nothing for anybody else. */
export function RecordDialog({ live, onClose }: { live: Live; onClose: () => void }) {
  const { api } = useSession()
  const [forS, setForS] = useState('600')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const [given, setGiven] = useState<Given>()
  const ask = async (submit: FormEvent) => {
    submit.preventDefault()
    setBusy(true)
    setFailure(undefined)
    try {
      setGiven((await api.traces.force({ body: { forS: Number(forS), reason: reason.trim() } })).data)
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="Record a trace"
      size="min(760px, 96vw)"
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 0 }}
    >
      {given ? (
        <Command given={given} live={live} />
      ) : (
        <form onSubmit={(submit) => void ask(submit)}>
          <Stack gap="sm" data-testid="record-dialog">
            <p className="plain">
              You get a token. Requests that carry it are traced whole and kept, and get nothing from memory. The audit
              says who asked, and why.
            </p>
            <ReasonInput value={reason} onChange={setReason} />
            <NativeSelect
              label="It holds for"
              value={forS}
              onChange={(change) => setForS(change.currentTarget.value)}
              data={holds}
            />
            {failure && (
              <Alert color="orange" role="alert" title="Not done" data-testid="record-failure">
                {failure}
              </Alert>
            )}
            <Button type="submit" loading={busy} disabled={reason.trim() === ''} data-testid="ask-token">
              Give me a token
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  )
}

function Command({ given: { header, token, expiresAt }, live }: { given: Given; live: Live }) {
  const edges = live.items.filter(({ kind }) => kind === 'edge')
  const [edge, setEdge] = useState(() => originOf(edges[0]?.url))
  const [path, setPath] = useState('/v1/events')
  const [ids, setIds] = useState(newTrace)
  const flaw = URL.canParse(path, `${edge}/`) && path.startsWith('/') ? undefined : 'A path begins with a slash.'
  return (
    <Stack gap="sm" data-testid="recorded">
      <p className="plain" role="status">
        ● The token holds until {timeOfDay(expiresAt)}. Whoever has it can make the platform work: do not pass it on.
      </p>
      {edges.length > 1 && (
        <NativeSelect
          label="Edge"
          value={edge}
          onChange={(change) => setEdge(change.currentTarget.value)}
          data={edges.map(({ url, dc }) => ({ value: originOf(url), label: `${dc}: ${originOf(url)}` }))}
        />
      )}
      <TextInput
        label="Path of the request"
        className="mono"
        data-testid="record-path"
        maxLength={400}
        value={path}
        error={flaw}
        onChange={(change) => setPath(change.currentTarget.value)}
      />
      <section aria-label="Header">
        <p className="plain dim">In whatever client you have, send this header:</p>
        <Copied label="the header" text={`${header}: ${token}`} testId="record-header" />
      </section>
      {flaw === undefined && (
        <section aria-label="Command">
          <p className="plain dim">Or run this; its trace has an id already:</p>
          <Copied
            label="the command"
            text={forcedCommand({ edge, path, header, token, ...ids })}
            testId="record-command"
          />
        </section>
      )}
      <div className="row">
        <a href={`#traces/${ids.trace}`} data-testid="open-recorded">
          Open that trace: it appears a few seconds after the request
        </a>
        <span className="spacer" />
        <Button size="compact-sm" variant="default" onClick={() => setIds(newTrace())}>
          A new id
        </Button>
      </div>
    </Stack>
  )
}

const originOf = (url: string | undefined) => (url && URL.canParse(url) ? new URL(url).origin : 'https://edge.invalid')
