// What is loaded once a user turns to quick add: the grammar, and the chips of what it reads.

import { chipsOf, chipTexts } from '../views/quick_add/quick_add_chips.js';
import { rangeText } from './chip_text.js';
import { provideReader } from './loading.js';
import { readLine } from './read.js';

provideReader({ readLine, rangeText, chipTexts, chipsOf });
