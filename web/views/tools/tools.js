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
import { RowInHand } from '../components/dragging/row_in_hand.js';
import { RowLanding } from '../components/dragging/row_landing.js';
import { scrollSpeed } from '../components/dragging/scroll_speed.js';
import { commandsOf } from './commands.js';
import './day_field.js';
import { duplicateList, duplicateTodo, indent, makeSubtask, outdent } from './duplicating.js';
import '../dialogs/email_address.js';
import '../dialogs/list_dialog.js';
import '../dialogs/list_menu.js';
import '../dialogs/members_dialog.js';
import './more_menu.js';
import '../placement/folder_dialog.js';
import '../placement/folder_menu.js';
import '../placement/list_drag.js';
import '../placement/list_place.js';
import { stepInSideBar, stepList } from '../placement/moving.js';
import './help_dialog.js';
import { dropInGroup, shownTodos } from './list_view.js';
import { swipeRow } from './row_swipe.js';
import { findMore } from './searching.js';
import './selection_bar.js';
import './label_page.js';
import './own_label_dialog.js';
import { makeOwn, toggleOwn } from './own_labels.js';
import './view_menu.js';

export const TOOLS = {
  RowInHand,
  RowLanding,
  changeAll,
  clearSelection,
  commandsOf,
  dropInGroup,
  duplicateList,
  duplicateTodo,
  findMore,
  indent,
  makeOwn,
  makeSubtask,
  moveAllWithUndo,
  outdent,
  scrollSpeed,
  selectByClick,
  selectionKey,
  shownTodos,
  stepInSideBar,
  stepList,
  swipeRow,
  toggleOwn,
  toggleSelected,
};

provideTools(TOOLS);
