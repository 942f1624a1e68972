// Dark or light: what the system says, or what the reader chose.
import { computed, effect, signal } from '@preact/signals';
import { keep, kept } from './kept';

export type Theme = 'system' | 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(system.matches);
system.addEventListener('change', () => {
  systemIsDark.value = system.matches;
});

export const theme = signal<Theme>(kept('theme', ['system', 'light', 'dark'] as const) ?? 'system');

export const shownTheme = computed(() => {
  if (theme.value !== 'system') return theme.value;
  return systemIsDark.value ? 'dark' : 'light';
});

effect(() => {
  document.documentElement.dataset['theme'] = shownTheme.value;
});

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  keep('theme', chosen);
}
