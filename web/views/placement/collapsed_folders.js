// The folders that the user has closed in the side bar, and `labels` for their labels. Kept on this
// device only.

const KEY = 'livelist.collapsed-folders';
// As many folders as an account can have.
const MOST = 100;

/** @returns {Set<string>} */
export function collapsedFolders() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set();
  }
}

export const forgetCollapsed = () => localStorage.removeItem(KEY);

/**
 * Close or open a folder. Return the closed ones.
 * @param {string} folderId
 * @param {boolean} isCollapsed
 */
export function setCollapsed(folderId, isCollapsed) {
  const collapsed = collapsedFolders();
  collapsed.delete(folderId);
  if (isCollapsed) collapsed.add(folderId);
  localStorage.setItem(KEY, JSON.stringify([...collapsed].slice(-MOST)));
  return collapsed;
}
