import type { Gift, RoomMessage, Sender } from '@gala/contracts'

/**
 * Some minutes of a room as a gala has it: two thirds Chinese, cheers that many shout alike beside sentences nobody says twice,
 * a gift in ten, half of those who speak known and half guests. Made by chance from a seed, once: what is measured is the file
 * (`fixtures/room.jsonl`), and a test holds this against it.
 */
export function recordRoom(random: () => number, count: number): RoomMessage[] {
  const below = (bound: number) => Math.floor(random() * bound)
  const one = <T>(of: readonly T[]) => of[below(of.length)] as T
  const people = Array.from({ length: 220 }, () => person(one, below))
  const seqs = new Map([
    ['dc-a.1f9c04b2', 48_211],
    ['dc-b.77aa0134', 31_907],
  ])
  let atMs = Date.UTC(2026, 1, 16, 12, 41)
  return Array.from({ length: count }, () => {
    // 20 a second, as it comes.
    atMs += Math.round(-Math.log(1 - random()) * 50)
    const origin = random() < 0.6 ? 'dc-a.1f9c04b2' : 'dc-b.77aa0134'
    // What is left out between two that are shown has numbers too.
    const seq = (seqs.get(origin) ?? 0) + (random() < 0.7 ? 1 : 1 + below(6))
    seqs.set(origin, seq)
    const gift = random() < 0.1 ? giftOf(one, below) : undefined
    return {
      id: `${origin}.${seq}`,
      type: gift ? 'gift' : 'chat',
      priority: gift ? (gift.value >= 1_000 ? 6 : 5) : 2,
      // Some write a great deal.
      from: people[Math.floor(people.length * random() ** 1.7)] as Sender,
      text: gift ? '' : textOf(random, one, below),
      ...(gift && { gift }),
      at: atMs,
      underWayMs: 20 + Math.round(-Math.log(1 - random()) * 60),
      ttlS: gift ? 0 : 120,
    }
  })
}

type One = <T>(of: readonly T[]) => T
type Below = (bound: number) => number

function person(one: One, below: Below): Sender {
  const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('')
  const hex = (count: number) => Array.from({ length: count }, () => below(16).toString(16)).join('')
  const known = below(2) === 0
  // As access makes guests, who have no picture.
  const id = known ? `u${1 + below(9)}${digits(9)}` : `guest-${hex(16)}`
  const chinese = below(3) > 0
  const name = chinese ? one(chineseNames)(one, below) : one(englishNames)(one, below)
  return { id, name, avatar: known && below(4) > 0 ? hex(8) : '' }
}

function giftOf(one: One, below: Below): Gift {
  const [kind, value] = one([
    ['rose', 10],
    ['rose', 10],
    ['heart', 50],
    ['lantern', 100],
    ['firework', 1_000],
    ['rocket', 10_000],
  ] as const)
  return { kind, count: one([1, 1, 1, 3, 9, 66, 1 + below(99)]), value }
}

function textOf(random: () => number, one: One, below: Below): string {
  if (random() < 0.3) return one(cheers)(below)
  return random() < 0.68 ? chineseSentence(one) : englishSentence(one)
}

const chineseSentence = (one: One) =>
  one([
    () => `${one(who)}${one(how)}${one(what)}${one(marks)}`,
    () => `${one(who)}${one(what)}，${one(more)}${one(marks)}`,
    () => `${one(more)}${one(marks)}`,
    () => `${one(places)}的朋友在吗，${one(more)}`,
    () => `${one(who)}这${one(things)}${one(how)}好${one(marks)}`,
  ])()

const englishSentence = (one: One) =>
  one([
    () => `${one(englishWho)} ${one(englishWhat)}${one(['', '!', '!!', ' 😍'])}`,
    () => `watching from ${one(cities)}, ${one(englishMore)}`,
    () => `${one(englishMore)}${one(['', '!', '...'])}`,
    () => `${one(englishWho)} and that ${one(englishThings)}, ${one(englishMore)}`,
  ])()

const times = (text: string, count: number) => text.repeat(count)
const cheers: readonly ((below: Below) => string)[] = [
  (below) => times('哈', 2 + below(8)),
  (below) => times('6', 3 + below(6)),
  (below) => times('👏', 1 + below(5)),
  () => '来了来了',
  () => '好听！',
  () => '太美了',
  (below) => `加油${times('！', below(4))}`,
  () => 'wow',
  (below) => `go${times('o', below(6))}`,
  () => '前排',
  (below) => times('❤️', 1 + below(4)),
]
const adjectives = ['爱笑', '安静', '迷路', '会飞', '不睡觉', '追光', '隔壁', '快乐', '倔强', '温柔']
const nouns = ['小猫', '西瓜', '星星', '大叔', '柠檬', '旅人', '月亮', '面包', '阿姨', '小鱼干', '海风']
const surnames = ['王', '李', '张', '陈', '林', '赵', '周', '吴', '徐', '孙']
const given = ['小雨', '子涵', '建国', '婷婷', '一诺', '浩然', '雪', '明', '思远', '佳']
const chineseNames: readonly ((one: One, below: Below) => string)[] = [
  (one) => `${one(adjectives)}的${one(nouns)}`,
  (one) => `${one(surnames)}${one(given)}`,
  (one, below) => `${one(nouns)}${1980 + below(30)}`,
  (one) => `${one(nouns)}${one(adjectives)}`,
]
const first = ['Anna', 'Max', 'lily', 'Tomas', 'kevin', 'Mia', 'Noor', 'Leo', 'Sofia', 'dan']
const second = ['sky', 'Wu', 'music', 'fan', 'K', 'smith', 'rocks', 'tea', 'Ng', 'blue']
const englishNames: readonly ((one: One, below: Below) => string)[] = [
  (one) => `${one(first)} ${one(second)}`,
  (one, below) => `${one(first)}_${one(second)}${below(100)}`,
  (one, below) => `${one(first)}${below(10_000)}`,
]
const who = ['今晚', '这个舞台', '主持人', '她', '他们', '我妈', '全家人', '这首歌', '后面的乐队', '那位老师']
const how = ['真的', '也太', '一直都', '简直', '还是那么', '比去年更', '居然']
const what = ['好看', '感人', '稳', '有气势', '让人想哭', '厉害', '会唱', '好玩', '惊喜', '有年味']
const more = [
  '我起鸡皮疙瘩了',
  '谁知道这是什么歌',
  '下一个节目几点开始',
  '弹幕慢一点我看不清',
  '想起小时候了',
  '祝大家新年快乐',
  '能不能再来一遍',
  '声音有点小',
  '已经截图了',
  '转发给老家的人看',
]
const things = ['灯光', '服装', '编舞', '镜头', '嗓子', '配合', '结尾']
const places = ['成都', '哈尔滨', '广州', '海外', '西安', '东莞', '乌鲁木齐', '台北']
const marks = ['', '', '！', '！！', '～', '。', '😭', '🎉']
const englishWho = ['this song', 'the stage', 'she', 'that drummer', 'the whole choir', 'the host']
const englishWhat = ['is amazing', 'gives me chills', 'never gets old', 'is even better live', 'made my grandma dance']
const englishThings = ['dress', 'solo', 'high note', 'light show', 'camera angle']
const englishMore = [
  'who is singing right now?',
  'happy new year everyone',
  'can somebody translate this part please',
  'I could listen all night',
  'best gala in years',
  'sound is a bit low for me',
]
const cities = ['Toronto', 'Nairobi', 'Lima', 'Oslo', 'Singapore', 'Leeds']
