/** Every word of the widget; the company's own texts come over them. */
const en = {
  open: 'Open the chat',
  close: 'Close the chat',
  title: 'Chat with us',
  greeting: 'Hello! How can we help?',
  offline: 'Nobody is here at the moment. Leave us a message; we answer when we are back.',
  conversation: 'Conversation',
  write: 'Write a message',
  send: 'Send',
  attach: 'Send a file',
  end: 'End the chat',
  endSure: 'End this chat?',
  yes: 'End it',
  no: 'Go on',
  name: 'Name',
  email: 'E-mail',
  topic: 'Topic',
  optional: 'optional',
  choose: 'Please choose',
  start: 'Start',
  leaveMessage: 'Leave a message',
  connecting: 'Connecting…',
  lost: 'No connection. What you write is sent as soon as it is back.',
  waiting: 'We are looking for somebody who can help.',
  place: 'You are number {position} in the queue.',
  placeWait: 'You are number {position} in the queue; it takes about {low} to {high} minutes.',
  placeShort: 'You are number {position} in the queue; it takes under a minute.',
  active: 'You are talking to {agent}.',
  ended: 'This chat has ended. Write again to start a new one.',
  typing: '{agent} is typing',
  agent: 'Our colleague',
  you: 'You',
  sending: 'Sending',
  read: 'Read',
  unread: '{count} new messages',
  newMessage: 'New message from {agent}: {text}',
  failed: 'Not sent.',
  retry: 'Try again',
  tooMany: 'That was a lot at once. The rest follows in a minute.',
  fileKind: 'Only pictures, PDF and plain text can be sent.',
  fileLarge: 'The file is too large (8 MB at most).',
  fileFailed: '“{name}” could not be sent.',
  missing: 'Please fill this in.',
  download: 'Save {name}',
  tooLong: 'At most {count} characters.',
  elsewhere: 'The chat is open in too many windows. Close one and try again.',
}

export type Words = typeof en
export type Language = 'en' | 'zh-CN'

const zh: Words = {
  open: '打开在线客服',
  close: '关闭在线客服',
  title: '在线客服',
  greeting: '您好！有什么可以帮您？',
  offline: '目前没有客服在线。请留言，我们上班后会回复您。',
  conversation: '对话',
  write: '请输入消息',
  send: '发送',
  attach: '发送文件',
  end: '结束对话',
  endSure: '确定结束对话吗？',
  yes: '结束',
  no: '继续',
  name: '姓名',
  email: '邮箱',
  topic: '主题',
  optional: '选填',
  choose: '请选择',
  start: '开始咨询',
  leaveMessage: '留言',
  connecting: '正在连接…',
  lost: '网络已断开。您写的内容会在恢复后自动发送。',
  waiting: '正在为您安排客服。',
  place: '您排在第 {position} 位。',
  placeWait: '您排在第 {position} 位，预计等待 {low} 至 {high} 分钟。',
  placeShort: '您排在第 {position} 位，预计不到一分钟。',
  active: '{agent} 正在为您服务。',
  ended: '对话已结束。再次留言即可开始新的对话。',
  typing: '{agent} 正在输入',
  agent: '客服',
  you: '我',
  sending: '发送中',
  read: '已读',
  unread: '{count} 条新消息',
  newMessage: '{agent} 发来新消息：{text}',
  failed: '未发送。',
  retry: '重试',
  tooMany: '发送过于频繁，其余内容将在一分钟后发送。',
  fileKind: '仅支持图片、PDF 和纯文本。',
  fileLarge: '文件过大（最大 8 MB）。',
  fileFailed: '“{name}”未能发送。',
  missing: '请填写此项。',
  download: '保存 {name}',
  tooLong: '最多 {count} 个字符。',
  elsewhere: '打开的聊天窗口过多。请关闭一个后重试。',
}

/** The language of the page: its own word first, then what the script tag says. */
export function languageOf(page: string, given?: string): Language {
  return (given || page).toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

export function wordsOf(language: Language): Words {
  return language === 'zh-CN' ? zh : en
}

/** `{name}` in a text is replaced by what is given. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
