"""The export of all data of an account, and the mail when it is done."""
