// The tools of the page, as one script that is loaded later: see shell/tools_loading.js.

import { provideTools } from '../shell/tools_loading.js';
import { overwriteText } from '../../format/overwrites.js';
import { changeAll, clearSelection, selectByClick, toggleSelected } from './selecting.js';
import '../components/todo_detail.js';
import { showComment } from '../comments/found_comment.js';
import { RowInHand } from '../components/dragging/row_in_hand.js';
import { RowLanding } from '../components/dragging/row_landing.js';
import { scrollSpeed } from '../components/dragging/scroll_speed.js';
import { indent, makeSubtask, outdent } from './duplicating.js';
import '../dialogs/email_address.js';
import '../dialogs/list_dialog.js';
import '../dialogs/list_menu.js';
import '../dialogs/members_dialog.js';
import './more_menu.js';
import '../placement/folder_dialog.js';
import '../placement/folder_menu.js';
import '../placement/list_drag.js';
import '../placement/list_place.js';
import { stepInSideBar } from '../placement/moving.js';
import '../shell/account_menu.js';
import { selectionKey } from '../shell/selection_keys.js';
import './help_dialog.js';
import { dropInGroup, shownTodos } from './list_view.js';
import { swipeRow } from './row_swipe.js';
import './selection_bar.js';
import './status_menu.js';
import './label_dialog.js';
import './label_page.js';
import './view_menu.js';
// Last: as soon as they are defined, they draw what is open, which may be any of the others.
import '../dialogs/dialog_layer.js';
import '../dialogs/menu_layer.js';

export const TOOLS = {
  RowInHand,
  RowLanding,
  changeAll,
  clearSelection,
  dropInGroup,
  indent,
  makeSubtask,
  outdent,
  overwriteText,
  scrollSpeed,
  selectByClick,
  selectionKey,
  showComment,
  shownTodos,
  stepInSideBar,
  swipeRow,
  toggleSelected,
};

provideTools(TOOLS);
