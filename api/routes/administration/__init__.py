"""Routes of accounts: sign-in, profile, mail, push and notifications."""
