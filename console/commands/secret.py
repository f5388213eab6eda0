"""`./livelist secret`: print a new secret for SECRET_KEY and passwords, or a key for push."""

from shared.ids import new_p256_key, new_secret

_USAGE = "./livelist secret prints 256 random bits; with --vapid a key for VAPID_PRIVATE_KEY."


def run(arguments: list[str]) -> int:
    """Print the secret to standard output, and to nowhere else. Return 0, or 2 for bad options."""
    if arguments == ["--vapid"]:
        print(new_p256_key())
    elif arguments:
        print(_USAGE)
        return 0 if arguments[0] in ("-h", "--help") else 2
    else:
        print(new_secret())
    return 0
