import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { guestBook } from './guest.js'

/** As long as the platform takes a guest's name. */
const nameMax = 24

/** What a guest is called. Another name counts from the next message on. */
export function NameField() {
  const [name, setName] = useState(guestBook.name)
  return (
    <TextInput
      className="name-field"
      size="xs"
      aria-label="昵称 Your name"
      placeholder="昵称 Your name"
      data-testid="chat-name"
      value={name}
      maxLength={nameMax}
      autoComplete="nickname"
      onChange={(event) => setName(event.currentTarget.value)}
      onBlur={() => guestBook.rename(name.trim())}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        // Not the form's: it would send what is half written.
        event.preventDefault()
        event.currentTarget.blur()
      }}
    />
  )
}
