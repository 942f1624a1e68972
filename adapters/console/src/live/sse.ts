// Server-sent events out of a response, one message at a time.

export interface Message {
  id: string;
  event: string;
  data: string;
}

/** The messages of a stream until it ends; the lines of one may come in pieces. */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [rest, id] = ['', ''];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = parsed(block, id);
        id = message.id;
        if (message.data) yield message;
      }
    }
  } finally {
    // Whoever stops reading closes the connection; one that is broken already has nothing to close.
    reader.cancel().catch(() => undefined);
  }
}

function parsed(block: string, lastId: string): Message {
  const message = { id: lastId, event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [name = '', ...values] = line.split(':');
    const value = values.join(':').replace(/^ /, '');
    if (name === 'id') message.id = value;
    if (name === 'event') message.event = value;
    if (name === 'data') data.push(value);
  }
  message.data = data.join('\n');
  return message;
}
