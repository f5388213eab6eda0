// What places lists and folders: their menus, and dragging. A script of its own.

import './folder_menu.js';
import './list_drag.js';
import './list_place.js';
