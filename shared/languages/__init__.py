"""The languages of texts: message catalogues (gettext .po files) with the English text as key.

`catalogues` reads them, `choice` says which language a reader gets, `client_catalogue` makes the file that
the web client loads, and `update` brings the texts of the code into the catalogues. docs/languages.md says
how to add a language.
"""
