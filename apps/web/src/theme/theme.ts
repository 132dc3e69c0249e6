import { createTheme } from '@mantine/core'

/** System fonts only: nothing is fetched on the night. */
const fonts = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'

export const theme = createTheme({
  fontFamily: fonts,
  headings: { fontFamily: fonts },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
})
