import { textMax } from '@gala/contracts'
import type { Refusal, Room, Say } from '@gala/sdk/room'
import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconGift, IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import { Both } from './both.js'
import { GiftPicker } from './gift-picker.js'
import { NameField } from './name-field.js'
import { useCountdown } from './use-countdown.js'
import type { GiftItem } from './use-gifts.js'
import { refusalWords, type Words } from './words.js'

interface Props {
  room: Room
  gifts: readonly GiftItem[]
  mayChat: boolean
  slowS: number
}

/** Where one writes, and gives. What is refused is said plainly, and the text comes back to be changed. */
export function Composer({ room, gifts, mayChat, slowS }: Props) {
  const [text, setText] = useState('')
  const [picking, setPicking] = useState(false)
  const [refused, setRefused] = useState<Words>()
  const wait = useCountdown()
  const left = textMax - text.length

  const refusedAs = (refusal: Refusal) => {
    setRefused(refusalWords(refusal))
    if (refusal.code === 'RATE_LIMITED') wait.start(Math.max(1_000, refusal.retryAfterMs))
  }
  const send = async (say: Say) => {
    setRefused(undefined)
    const sent = await room.send(say)
    if (sent.is !== 'refused') return
    refusedAs(sent)
    if (say.type !== 'chat' || sent.unsure) return
    room.feed.remove(sent.key)
    setText((typed) => typed || say.text)
  }
  const submit = () => {
    const said = text.trim()
    if (said === '' || !mayChat || wait.leftS > 0) return
    setText('')
    if (slowS > 0) wait.start(slowS * 1_000)
    void send({ type: 'chat', text: said })
  }
  const note = noteOf({ mayChat, refused, waitS: wait.leftS, slowS })
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {picking && <GiftPicker gifts={gifts} onGive={(kind) => void send({ type: 'gift', gift: { kind, count: 1 } })} />}
      <p className="note" role="status" data-testid="chat-note" data-alarm={refused !== undefined || undefined}>
        {note && <Both {...note} />}
      </p>
      <div className="write">
        <ActionIcon
          variant={picking ? 'filled' : 'light'}
          color="orange"
          size={42}
          radius="xl"
          aria-label="礼物 Gifts"
          aria-expanded={picking}
          data-testid="gifts-button"
          disabled={gifts.length === 0}
          onClick={() => setPicking(!picking)}
        >
          <IconGift size={20} aria-hidden />
        </ActionIcon>
        <TextInput
          className="field"
          size="md"
          aria-label="说点什么 Say something"
          placeholder={mayChat ? '说点什么 Say something' : '聊天暂停中 Chat is off'}
          data-testid="chat-input"
          value={text}
          maxLength={textMax}
          disabled={!mayChat}
          autoComplete="off"
          enterKeyHint="send"
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          type="submit"
          color="orange"
          size="md"
          radius="xl"
          data-testid="chat-send"
          disabled={!mayChat || text.trim() === '' || wait.leftS > 0}
          leftSection={<IconSend size={16} aria-hidden />}
        >
          {wait.leftS > 0 ? `${wait.leftS} s` : <span lang="zh">发送</span>}
          <span className="only-read"> Send</span>
        </Button>
      </div>
      <div className="below">
        <NameField />
        <span className="counter" data-near={left <= 20 || undefined} data-testid="chat-counter">
          {text.length}/{textMax}
        </span>
      </div>
    </form>
  )
}

interface Situation {
  mayChat: boolean
  refused: Words | undefined
  waitS: number
  slowS: number
}

/** The one line above the field: what matters most. */
function noteOf({ mayChat, refused, waitS, slowS }: Situation): Words | undefined {
  if (!mayChat) return { zh: '聊天暂停中，礼物照常', en: 'Chat is off for the moment; gifts go on' }
  if (refused && waitS > 0) return { zh: `${refused.zh}，${waitS} 秒后再发`, en: `${refused.en}: again in ${waitS} s` }
  if (refused) return refused
  if (waitS > 0) return { zh: `慢速模式，${waitS} 秒后再发`, en: `Slow mode: again in ${waitS} s` }
  if (slowS > 0) return { zh: `慢速模式：每 ${slowS} 秒一条`, en: `Slow mode: one message in ${slowS} s` }
  return undefined
}
