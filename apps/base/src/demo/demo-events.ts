import type { Event, Programme, TimelineTemplate } from '@gala/contracts'

type Item = [id: string, title: string, titleEn: string, kind: Programme['kind'], performers: string[], minutes: number]

/** An event whose times count from a moment chosen when it is written. */
export interface DemoEvent {
  event: Omit<Event, 'startAt' | 'endAt' | 'version' | 'updatedAt'>
  /** Minutes from that moment to the start. */
  startsInMin: number
  lastsMin: number
  /** Its script; without one nothing happens to it by itself. */
  timeline?: TimelineTemplate
  items: Item[]
}

/** Titles and performers are invented. */
export const springGala: DemoEvent = {
  event: {
    id: 'spring-gala',
    kind: 'gala',
    title: '山河春晓 · 新春联欢晚会',
    titleEn: 'Dawn over Rivers and Hills: a New Year Gala',
    summary:
      '四个半小时，三十六个节目，与千万家庭一起守岁。 Four and a half hours, thirty-six acts, one long night together.',
    venue: '云海演播厅 · Sea of Clouds Studio',
    status: 'live',
    room: 'open',
  },
  startsInMin: -25,
  lastsMin: 270,
  items: [
    [
      'opening-drums',
      '开场鼓乐《千灯初上》',
      'Opening Drums: A Thousand Lanterns',
      'dance',
      ['听潮鼓社', '云海舞团'],
      6,
    ],
    ['river-song', '歌曲《大河入梦》', 'Song: The River Enters My Dream', 'song', ['林望舒'], 5],
    ['two-tickets', '小品《两张车票》', 'Skit: Two Train Tickets', 'skit', ['方小满', '齐大路', '温阿姨'], 12],
    ['paper-cranes', '舞蹈《纸鹤》', 'Dance: Paper Cranes', 'dance', ['云海舞团'], 6],
    ['night-market', '歌曲联唱《夜市人间》', 'Medley: The Night Market', 'song', ['陆川河', '苏青禾', '南巷乐队'], 8],
    ['crosstalk-wifi', '相声《信号满格》', 'Crosstalk: Full Bars', 'crosstalk', ['高一声', '矮半句'], 11],
    ['silk-aerial', '杂技《绸上飞天》', 'Acrobatics: Flight on Silk', 'acrobatics', ['青岚杂技团'], 7],
    ['grandmas-kitchen', '歌曲《外婆的灶台》', 'Song: Grandma’s Kitchen', 'song', ['苏青禾'], 5],
    [
      'peony-opera',
      '戏曲集锦《梨园春色》',
      'Opera Scenes: Spring in the Pear Garden',
      'opera',
      ['梨园新声', '白水袖'],
      10,
    ],
    ['star-map', '短片《星图》', 'Short Film: A Map of Stars', 'film', [], 4],
    ['group-chat', '小品《相亲相爱一家群》', 'Skit: The Family Group Chat', 'skit', ['温阿姨', '方小满', '贺老三'], 13],
    ['bamboo-flute', '器乐《竹外一枝》', 'Bamboo Flute: One Branch beyond the Grove', 'other', ['闻竹'], 5],
    ['snow-line', '歌曲《雪线之上》', 'Song: Above the Snow Line', 'song', ['格桑雪'], 5],
    ['robot-lions', '创意舞蹈《机甲醒狮》', 'Dance: The Robot Lions Awake', 'dance', ['齿轮舞社'], 7],
    ['door-gods', '动画《门神放假》', 'Animation: The Door Gods Take a Day Off', 'film', [], 5],
    ['harvest-drums', '歌舞《丰收鼓点》', 'Song and Dance: Harvest Beat', 'song', ['陆川河', '田野合唱团'], 6],
    ['courier', '小品《最后一单》', 'Skit: The Last Delivery', 'skit', ['齐大路', '孟小鹿'], 12],
    ['ink-and-light', '舞蹈《墨与光》', 'Dance: Ink and Light', 'dance', ['云海舞团', '闻竹'], 7],
    ['letters-home', '朗诵《家书》', 'Recital: Letters Home', 'talk', ['秦朗', '白水袖'], 6],
    ['island-wind', '歌曲《岛上的风》', 'Song: Wind on the Island', 'song', ['林望舒', '海生'], 5],
    ['magic-mirror', '魔术《镜中人》', 'Magic: The Man in the Mirror', 'other', ['莫非'], 9],
    ['crosstalk-queue', '相声《排队学》', 'Crosstalk: The Science of Queueing', 'crosstalk', ['高一声', '矮半句'], 11],
    ['rope-bridge', '杂技《云中索桥》', 'Acrobatics: The Rope Bridge in the Clouds', 'acrobatics', ['青岚杂技团'], 7],
    ['old-street', '歌曲《老街》', 'Song: The Old Street', 'song', ['南巷乐队'], 5],
    ['martial-moon', '武术《踏月》', 'Martial Arts: Walking on Moonlight', 'other', ['少阳武馆'], 6],
    ['ai-tutor', '小品《我的AI老师》', 'Skit: My AI Tutor', 'skit', ['孟小鹿', '贺老三'], 12],
    ['spring-water', '舞蹈《春水》', 'Dance: Spring Water', 'dance', ['云海舞团'], 6],
    ['lullaby', '歌曲《摇篮边的月亮》', 'Song: The Moon beside the Cradle', 'song', ['格桑雪'], 5],
    ['opera-rock', '戏腔摇滚《铜雀》', 'Opera Rock: Bronze Sparrow', 'opera', ['梨园新声', '南巷乐队'], 6],
    ['thank-you', '致敬《今夜值守的人》', 'Tribute: Those on Duty Tonight', 'talk', ['秦朗'], 7],
    ['children-choir', '童声合唱《小小灯》', 'Children’s Choir: Little Lamps', 'song', ['星星合唱团'], 5],
    ['four-seasons', '情景舞蹈《四时歌》', 'Dance: Song of Four Seasons', 'dance', ['云海舞团', '齿轮舞社'], 9],
    ['fireworks-poem', '歌曲《烟火诗》', 'Song: Poem of Fireworks', 'song', ['林望舒', '陆川河'], 6],
    ['countdown', '零点倒计时', 'Midnight Countdown', 'talk', ['全体主持人'], 5],
    ['new-year-bell', '歌舞《钟声》', 'Song and Dance: The Bell', 'song', ['全体演员'], 7],
    ['finale', '尾声《山河春晓》', 'Finale: Dawn over Rivers and Hills', 'song', ['全体演员'], 9],
  ],
}

export const novaLaunch: DemoEvent = {
  event: {
    id: 'nova-launch',
    kind: 'launch',
    title: 'Nova 新品发布会',
    titleEn: 'The Nova Launch',
    summary: '一场九十分钟的发布会。 A ninety-minute product launch.',
    venue: '滨江会展中心 · Riverside Hall',
    status: 'scheduled',
    room: 'closed',
  },
  startsInMin: 26 * 60,
  lastsMin: 90,
  timeline: 'launch',
  items: [
    ['doors', '暖场', 'Doors Open', 'other', [], 10],
    ['welcome', '欢迎致辞', 'Welcome', 'talk', ['宋启明'], 8],
    ['design', '设计的三百天', 'Three Hundred Days of Design', 'film', [], 6],
    ['nova-phone', '发布 Nova', 'Introducing Nova', 'talk', ['宋启明', '叶知秋'], 25],
    ['camera', '影像', 'The Camera', 'talk', ['叶知秋'], 15],
    ['live-demo', '现场演示', 'Live Demonstration', 'other', ['叶知秋'], 10],
    ['price', '价格与上市', 'Price and Availability', 'talk', ['宋启明'], 6],
    ['closing', '尾声', 'One More Thing', 'film', [], 10],
  ],
}
