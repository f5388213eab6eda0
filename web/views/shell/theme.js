// Light, dark, or as the device says. Kept on this device only.

const KEY = 'livelist.theme';

/** @returns {'light' | 'dark' | 'system'} */
export const chosenTheme = () => /** @type {any} */ (localStorage.getItem(KEY)) ?? 'system';

export function applyTheme(theme = chosenTheme()) {
  if (theme === 'system') {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset.theme = theme;
  }
}
