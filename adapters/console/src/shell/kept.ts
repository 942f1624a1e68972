// Choices that this browser remembers. A browser that keeps nothing is no reason to fail.

export function kept<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(`rental.${name}`);
    return allowed.find((one) => one === value);
  } catch {
    return undefined;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`rental.${name}`, value);
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}
