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
import { commandsOf } from './commands.js';
import { duplicateList, duplicateTodo, indent, makeSubtask, outdent } from './duplicating.js';
import './help_dialog.js';
import { dropInGroup, shownTodos } from './list_view.js';
import './selection_bar.js';
import './view_menu.js';

export const TOOLS = {
  changeAll,
  clearSelection,
  commandsOf,
  dropInGroup,
  duplicateList,
  duplicateTodo,
  indent,
  makeSubtask,
  moveAllWithUndo,
  outdent,
  selectByClick,
  selectionKey,
  shownTodos,
  toggleSelected,
};

provideTools(TOOLS);
