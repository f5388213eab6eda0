"""Sending e-mail: rendering, SMTP, bounce classification, and the mails about accounts."""
