// What is loaded once a user turns to quick add: the grammar, the chips of what it reads, and where
// it was added.

import { sayIfUnseen } from '../views/quick_add/added_toast.js';
import { chipsOf, chipTexts, countText } from '../views/quick_add/quick_add_chips.js';
import { rangeText } from './chip_text.js';
import { provideReader } from './loading.js';
import { readLine } from './read.js';

provideReader({ readLine, rangeText, chipTexts, chipsOf, countText, sayIfUnseen });
