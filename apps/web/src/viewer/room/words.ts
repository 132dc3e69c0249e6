import type { LinkStatus, Refusal } from '@gala/sdk/room'

/** What is told in both languages of the audience. */
export interface Words {
  zh: string
  en: string
}

/** How the room is connected: by a shape, a word and a tone. */
export function linkWords(link: LinkStatus): Words & { shape: string; tone: 'good' | 'fair' | 'poor' } {
  switch (link.is) {
    case 'live':
      return { zh: '实时', en: 'Live', shape: '●', tone: 'good' }
    case 'polling':
      return { zh: '轮询', en: 'Polling', shape: '◐', tone: 'fair' }
    case 'connecting':
      return { zh: '连接中', en: 'Connecting', shape: '○', tone: 'fair' }
    case 'reconnecting':
      return { zh: '重连中', en: 'Reconnecting', shape: '▲', tone: 'poor' }
    case 'closed':
      return { zh: '已关闭', en: 'Closed', shape: '■', tone: 'poor' }
  }
}

const refusals: Partial<Record<Refusal['code'], Words>> = {
  MUTED: { zh: '你暂时不能发言', en: 'You may not write here for now' },
  RATE_LIMITED: { zh: '说得太快了', en: 'A little slower, please' },
  TEXT_REFUSED: { zh: '这条内容不能显示', en: 'This text is not shown here' },
  SWITCHED_OFF: { zh: '聊天暂停中', en: 'Chat is off for the moment' },
  ROOM_CLOSED: { zh: '房间已关闭', en: 'The room is closed' },
  GIFT_UNKNOWN: { zh: '这个礼物已下架', en: 'This gift is not given any more' },
  ROUTE_NOT_FOUND: { zh: '请先登录', en: 'Sign in to write' },
  UNAUTHENTICATED: { zh: '请先登录', en: 'Sign in to write' },
  TOO_MANY_WAITING: { zh: '前面的消息还在发送', en: 'Earlier messages are still on their way' },
  VALIDATION_FAILED: { zh: '这条内容无法发送', en: 'This cannot be sent' },
}

export const refusalWords = ({ code, unsure }: Pick<Refusal, 'code' | 'unsure'>): Words =>
  refusals[code] ??
  (unsure
    ? { zh: '没有收到回应', en: 'No answer came: it may have been sent' }
    : { zh: '没有发出去，请再试', en: 'It was not sent; try again' })
