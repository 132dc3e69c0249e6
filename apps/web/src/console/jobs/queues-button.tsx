import { GalaError } from '@gala/sdk'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'

/** Opens the pages of the queues in a tab of their own, with a ticket that ends by itself. */
export function QueuesButton() {
  const { api } = useSession()
  const [failure, setFailure] = useState<string>()
  const open = async () => {
    setFailure(undefined)
    // Opened while the click lasts: a browser takes one that comes after the answer for an advertisement.
    const tab = window.open('', '_blank')
    try {
      const { url } = (await api.jobs.queues({ body: {} })).data
      if (!tab) return setFailure('The browser did not open a tab.')
      tab.opener = null
      tab.location.href = url
    } catch (error) {
      tab?.close()
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
  }
  return (
    <>
      <span role="alert" className="warned">
        {failure && `▲ ${failure}`}
      </span>
      <Button size="xs" variant="default" data-testid="open-queues" onClick={() => void open()}>
        Queues ↗
      </Button>
    </>
  )
}
