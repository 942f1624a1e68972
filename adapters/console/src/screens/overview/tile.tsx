// One number that matters, with the way to what is behind it.
import { Icon } from '../../parts/icon';

interface Props {
  title: string;
  value: string;
  unit?: string;
  note?: string;
  href?: string;
  /** Whether the number is one to be at ease with. */
  tone?: 'good' | 'bad';
}

export function Tile({ title, value, unit, note, href, tone }: Props) {
  const content = (
    <>
      <span class="tile-title">{title}</span>
      <strong>
        {tone === 'bad' && <Icon name="warn" />}
        {value}
        {unit && <small> {unit}</small>}
      </strong>
      {note && <span class="fine">{note}</span>}
    </>
  );
  const look = `tile ${tone ?? ''}`;
  return href ? (
    <a class={look} href={href}>
      {content}
    </a>
  ) : (
    <div class={look}>{content}</div>
  );
}
