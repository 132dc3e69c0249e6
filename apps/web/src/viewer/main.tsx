import '@mantine/core/styles.css'
import './viewer.css'
import './room/room.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { theme } from '../theme/theme.js'
import { Viewer } from './viewer.js'

const eventId = new URLSearchParams(location.search).get('event') ?? 'spring-gala'
const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(
  <MantineProvider theme={theme} forceColorScheme="dark">
    <Viewer eventId={eventId} />
  </MantineProvider>,
)
