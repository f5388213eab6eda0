// Pages that most visits do without, as one script.

import './oauth/authorize_page.js';
import './oauth/device_page.js';
import './sign_in/forgot_page.js';
import './sign_in/leaving_page.js';
import './sign_in/mail_page.js';
import './trash_page.js';
