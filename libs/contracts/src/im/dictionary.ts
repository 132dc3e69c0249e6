/**
 * What blocks of the coding `deflate` may refer to as if it stood before them: words that chats in Chinese and English are full
 * of, cheers, and how the wire itself begins. It takes a fifth off a block of fifteen messages, which is too short to repeat
 * itself. What is used most stands last, where it is nearest. Both sides have the same bytes: another dictionary is another
 * coding with a name of its own. Words of general use, not of any recording (`npm run bench -- im --only payload`).
 */
export const blockDictionary: Uint8Array = dictionary()

/**
 * The dictionary as the beginning of a raw deflate stream, for what can inflate and knows no dictionaries, as browsers do:
 * inflate this and the block after it as one, and leave out as many bytes as the dictionary has. It is one stored block.
 * Source: RFC 1951 section 3.2.4.
 */
export const deflatedDictionary: Uint8Array = stored(blockDictionary)

function dictionary(): Uint8Array {
  const english =
    'because people where their would could should really again think about better never always music watch live ' +
    'look there their which when your from have been with just like good great best nice cool love this that the ' +
    'what who how can are you and was for not but all out now one so is it in to of me my we lol omg haha hello ' +
    'thanks thank you please everyone tonight '
  const chinese =
    '我们你们他们她们自己大家朋友时候知道觉得喜欢希望因为所以但是如果已经可以应该不能不会不要没有还有还是就是' +
    '不是这是那个这个一个什么怎么为什么哪里谁的今天今年现在开始最后一直一起再来真的非常特别太好了好看好听漂亮' +
    '可爱厉害支持加油辛苦谢谢祝快乐幸福健康主持人舞台节目唱歌跳舞声音画面哈哈哈哈哈哈666666' +
    '！！！～～。。，，❤️❤️👏👏😂😂😭😭🎉🎉👍👍🌹'
  return new TextEncoder().encode(`${english}${chinese}guest-`)
}

function stored(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  const head = [0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255]
  return Uint8Array.from([...head, ...bytes])
}
