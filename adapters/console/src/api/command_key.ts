// Keys of commands: what a reader asked for once is one command, however often it is sent.

export class CommandKey {
  private content = '';
  private key = '';

  /** The key for this content: the same one until the command is done or the content is another. */
  of(content: string): string {
    if (!this.key || content !== this.content) {
      this.key = random();
      this.content = content;
    }
    return this.key;
  }

  /** The command is done: the next one is another, even with the same content. */
  used(): void {
    this.key = '';
  }
}

/** `crypto.randomUUID` is missing on pages without TLS that are not on this machine. */
function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
