import { Button, CopyButton } from '@mantine/core'

/** A text to be taken elsewhere. Without TLS a browser copies nothing for a page: there the text can be marked as a whole. */
export function Copied({ label, text, testId }: { label: string; text: string; testId: string }) {
  return (
    <span className="row copied">
      <code className="key" data-testid={testId}>
        {text}
      </code>
      {window.isSecureContext && (
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" className="whole" onClick={copy} aria-label={`Copy ${label}`}>
              {copied ? '✓ copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      )}
    </span>
  )
}
