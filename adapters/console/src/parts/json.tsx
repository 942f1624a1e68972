// JSON to be read: indented, with names, texts and numbers told apart.

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value ?? null, null, 2);
  return (
    <pre class="json" tabIndex={0} role="region" aria-label={label}>
      {coloured(text)}
    </pre>
  );
}

function coloured(text: string) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(<span class={kindOf(match)}>{match[1] ?? match[0]}</span>);
    if (match[2]) parts.push(match[2]);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function kindOf(match: RegExpMatchArray): string {
  if (match[2]) return 'json-name';
  if (match[1]) return 'json-text';
  return match[3] ? 'json-word' : 'json-number';
}
