// Pages that most visits do without, as one script.

import './oauth/authorize_page.js';
import './oauth/device_page.js';
import './sign_in/check_mail.js';
import './sign_in/forgot_page.js';
import './sign_in/invitation_page.js';
import './sign_in/join_page.js';
import './sign_in/leaving_page.js';
import './sign_in/mail_link_pages.js';
import './sign_in/mail_page.js';
import './sign_in/provider_return_page.js';
import './trash_page.js';
