// The language of the page: the reader's choice, or what the browser asks for.
import { effect, signal } from '@preact/signals';
import { kept, keep } from '../shell/kept';

export type Language = 'en' | 'ko';

const preferred = navigator.language.startsWith('ko') ? 'ko' : 'en';

export const language = signal<Language>(kept('language', ['en', 'ko'] as const) ?? preferred);

effect(() => {
  document.documentElement.lang = language.value;
});

export function setLanguage(chosen: Language): void {
  language.value = chosen;
  keep('language', chosen);
}
