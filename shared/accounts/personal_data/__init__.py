"""All data of an account: its export as one document, and the deletion of the account."""
