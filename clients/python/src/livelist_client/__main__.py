"""`python -m livelist_client` is the command `livelist`."""

from livelist_client.cli.main import main

main()
