// Every custom element by its tag: h() checks the props of each.

import type { View } from '../views/base/view.js';

export interface Views {
  'll-test': View<{ a: string; onDone: () => void }>;
}
