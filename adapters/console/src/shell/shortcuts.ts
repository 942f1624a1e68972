// Keys that lead somewhere: `g` and a letter for a screen, `/` for the filter, `?` for help.
import { signal } from '@preact/signals';
import { go, link } from '../route/route';
import { keep, kept } from './kept';
import { SCREENS } from './screens';

const CHORD_MS = 1_500;

export const helpIsOpen = signal(false);
export const shortcutsAreOn = signal(kept('shortcuts', ['on', 'off'] as const) !== 'off');

export function setShortcuts(on: boolean): void {
  shortcutsAreOn.value = on;
  keep('shortcuts', on ? 'on' : 'off');
}

let chordUntil = 0;

export function listenForShortcuts(): () => void {
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (!shortcutsAreOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector('dialog[open]')) return;
  const inChord = Date.now() < chordUntil;
  chordUntil = 0;
  const screen = inChord ? SCREENS.find((one) => one.key === event.key) : undefined;
  if (screen) go(link([screen.name]));
  else if (event.key === 'g') chordUntil = Date.now() + CHORD_MS;
  else if (event.key === '?') helpIsOpen.value = true;
  else if (event.key === '/') focusFirstField();
  else return;
  event.preventDefault();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

function focusFirstField(): void {
  const field = document.querySelector<HTMLElement>('main [data-filter], main input:not([type=hidden])');
  field?.focus();
}
