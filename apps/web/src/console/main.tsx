import '@mantine/core/styles.css'
import './console.css'
import './switches/switches.css'
import './datacentres/datacentres.css'
import './room/room.css'
import './jobs/jobs.css'
import './chat/chat.css'
import './timeline/timeline.css'
import './timeline/script.css'
import './timeline/step-editor.css'
import './timeline/report.css'
import './chart/chart.css'
import './wall/wall.css'
import './traces/traces.css'
import './lake/lake.css'
import './books/books.css'
import './report/traffic.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { theme } from '../theme/theme.js'
import { Console } from './console.js'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(
  <MantineProvider theme={theme} forceColorScheme="dark">
    <Console />
  </MantineProvider>,
)
