// The tools of the page, as one script that is loaded later: see shell/tools_loading.js.

import { provideTools } from '../shell/tools_loading.js';
import {
  changeAll,
  clearSelection,
  moveAllWithUndo,
  selectByClick,
  selectionKey,
  toggleSelected,
} from './selecting.js';
import './help_dialog.js';
import './selection_bar.js';

export const TOOLS = {
  changeAll,
  clearSelection,
  moveAllWithUndo,
  selectByClick,
  selectionKey,
  toggleSelected,
};

provideTools(TOOLS);
