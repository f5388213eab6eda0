"""One reader for each kind of file: bytes in, lists, todos and problems out. Pure, in bounded memory."""
