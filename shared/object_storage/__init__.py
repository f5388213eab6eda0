"""The storage of the bytes of attachments."""
