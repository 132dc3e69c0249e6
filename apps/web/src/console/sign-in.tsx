import { GalaError } from '@gala/sdk'
import { Alert, Button, Code, Container, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { type Session, signIn } from './session.js'

const words: Partial<Record<GalaError['code'], string>> = {
  UNAUTHENTICATED: 'This token is not valid.',
  TOKEN_EXPIRED: 'This token has expired. Get a new one.',
  FORBIDDEN: 'This token has no role for the console.',
}

export function SignIn({ onSession, note }: { onSession: (session: Session) => void; note: string | undefined }) {
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState(note)
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    try {
      onSession(await signIn(token.trim()))
    } catch (error) {
      setFailure(error instanceof GalaError ? (words[error.code] ?? error.message) : String(error))
      setBusy(false)
    }
  }
  return (
    <Container size={460} pt="12vh" component="main">
      <Paper p="xl" radius="lg" bg="#151c2e">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void submit()
          }}
        >
          <Stack>
            <Title order={1} size="h2">
              Gala console
            </Title>
            <Text c="dimmed" size="sm">
              Paste an operator’s token. On a machine that runs the platform,{' '}
              <Code>npm run status --silent -- --json</Code> prints one as <Code>opsToken</Code>.
            </Text>
            <PasswordInput
              label="Token"
              data-testid="token-input"
              autoComplete="off"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoFocus
            />
            {failure && (
              <Alert color="orange" role="alert" data-testid="sign-in-failure">
                {failure}
              </Alert>
            )}
            <Button type="submit" data-testid="sign-in" loading={busy} disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Container>
  )
}
